"""Two projects: what is asked in one with the other's ids tells nothing of the other and changes nothing.

Every route, page and callback there is, from the tables of what each needs, by every role and key. The same
is asked by a member of the first project, so that what isn't told to others is known to be told to somebody.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from dash import page_registry
from starlette.testclient import TestClient

import app as dashboard
from components.app_shell.permissions import CALLBACKS, callback_name
from components.models.download import router as model_card_router
from components.report.download import router as report_router
from core.accounts import Person
from core.accounts.sessions import begin
from core.api import create_application, protect
from core.api.projects.gate import COOKIE
from core.base.errors import ProjectError
from core.base.identity import ROLES, Identity
from core.base.project import CHOOSE, HEADER, in_project
from core.base.settings import get_settings
from core.live.scores import waiting
from core.projects import add_member, remove_member
from core.schedules import digest
from core.security.sessions import COOKIE as SESSION
from core.storage import get_store
from tests.pages.dashing import dependencies, given
from tests.two_projects import MARK, TwoProjects, two_projects
from tools.permissions import routes

OK, SEE_OTHER, UNAUTHORISED, FORBIDDEN, NOT_FOUND, CONFLICT = 200, 303, 401, 403, 404, 409
TUS = {"tus-resumable": "1.0.0"}
#: Of the installation, not of a project: who there is, and what was done, which administrators look after.
SHARED_ROUTES = ("/api/audit",)
SHARED_PAGES = ("pages.administration.",)
LISTS_OF_PROJECTS = (CHOOSE, "/api/projects")
#: Streams, which don't end by themselves; the route beside each answers from the same place.
ENDLESS = ("/api/live/stream", "/api/live/ticks")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoProjects]:
    with two_projects(tmp_path_factory.mktemp("two")) as made:
        yield made


@pytest.fixture(scope="module")
def served(both: TwoProjects) -> TestClient:
    application = create_application(both.settings, model_card_router, report_router)
    protect(application)
    return TestClient(
        application, base_url="http://localhost", raise_server_exceptions=False, follow_redirects=False
    )


def signed_in(both: TwoProjects, person: Person, project: str = "") -> dict[str, str]:
    """Return the cookies of somebody who has signed in, and works in a project."""
    token = begin(person.id, address="", device="", settings=both.settings)
    return {"cookie": f"{SESSION}={token}" + (f"; {COOKIE}={project}" if project else "")}


def asking(both: TwoProjects) -> dict[str, dict[str, str]]:
    """Return the headers of everybody who works in the second project."""
    second = both.second.project
    return {
        **{f"{role} of the second": signed_in(both, both.strangers[role], second) for role in ROLES},
        "administrator of the first, working in the second": signed_in(both, both.people["admin"], second),
        "key": {"authorization": f"Bearer {both.keys['second']}"},
        "key that reads": {"authorization": f"Bearer {both.keys['second, reads']}"},
        "nobody": {},
    }


def address_of(path: str, both: TwoProjects) -> str:
    """Return a route's address with the first project's ids."""
    others = {"fmt": "csv", "form": "json", "platform": "meta", "session_id": both.visitors[0]}
    known = {**others, "visitor_id": both.visitors[0], **both.ids}
    return re.sub(r"\{([a-z_]+)(:path)?\}", lambda part: known.get(part[1], "x"), path)


def bodies(both: TwoProjects) -> dict[str, Any]:
    """Return what is sent by method: ids of the first project under every name it may have."""
    ids = both.ids
    body = {**ids, "bundle": ids["name"], "ids": [ids["upload_id"]], "uploads": [ids["upload_id"]]}
    body |= {"id": both.visitors[0], "name": "n", "session": {"clicks": 3}, "definition": {}, "on": True}
    return {"POST": body, "PUT": body, "PATCH": {"time_zone": "Europe/Paris"}}


def ask_all(both: TwoProjects, served: TestClient, headers: dict[str, str]) -> dict[str, tuple[int, str]]:
    """Ask every route of the API; return status and text by method and address."""
    found = {}
    for method, path, _ in routes(served.app):
        if path in ENDLESS or not path.startswith(("/api/", CHOOSE)):
            continue
        body = bodies(both).get(method)
        answer = served.request(method, address_of(path, both), json=body, headers=TUS | headers)
        found[f"{method} {path}"] = (answer.status_code, answer.text)
    return found


@pytest.mark.slow
def test_no_route_tells_or_changes_anything_of_another_project(both: TwoProjects, served: TestClient) -> None:
    before, told = both.first_as_it_is(), []
    for who, headers in asking(both).items():
        for route, (status, text) in ask_all(both, served, headers).items():
            shared = route.split()[1].startswith(SHARED_ROUTES) and "key" not in who
            # What one chooses of names the projects one may open: an administrator's are all.
            shared = shared or (route.endswith(LISTS_OF_PROJECTS) and who.startswith("admin"))
            if not shared and (word := both.tells_of_the_first(text)):
                told.append((who, route, status, word))
            if status >= 500:
                told.append((who, route, status, text[:200]))
    assert told == [], told
    assert both.first_as_it_is() == before


def test_the_same_routes_tell_a_member(both: TwoProjects, served: TestClient) -> None:
    """What the test above looks for is there to be found, by the very same requests that only read."""
    headers = signed_in(both, both.people["manager"])
    telling = []
    for method, path, _ in routes(served.app):
        if method == "GET" and path.startswith("/api/") and path not in ENDLESS:
            answer = served.request(method, address_of(path, both), headers=headers)
            if both.tells_of_the_first(answer.text):
                telling.append(path)
    assert len(telling) >= 15, telling


def test_a_live_key_opens_its_own_project_alone(both: TwoProjects, served: TestClient) -> None:
    secret = {"authorization": f"Bearer {both.live['secret']}"}
    assert MARK in served.get("/api/live/rules", headers=secret).text
    for other in (f"Bearer {both.live['write']}", "Bearer sk_revoked", "Basic c2s6"):
        refused = served.get("/api/live/rules", headers={"authorization": other})
        assert (refused.status_code, refused.json()["code"]) == (UNAUTHORISED, "key")
    sent = {"events": [{"event_type": "page_view", "visitor_id": "v1"}]}
    answer = served.post(
        "/api/live/events", json=sent, headers={"authorization": f"Bearer {both.live['write']}"}
    )
    assert answer.json()["accepted"] == 1
    with in_project(both.first):
        assert waiting(both.first) == 1
    with in_project(both.second):
        assert waiting(both.second) == 0


@pytest.fixture
def pages(both: TwoProjects, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Ask the dashboard as somebody, in a project; return what was answered."""
    with given(dashboard.server, both.settings) as client:

        def ask(person: Person, project: str, method: str, path: str, **arguments: Any) -> tuple[int, str]:
            who = Identity(id=person.id, name=person.name, role=person.role, via="account")
            monkeypatch.setattr(
                dashboard.server.state.access, "identify", lambda cookie, address: who, raising=False
            )
            answer = client.request(method, path, headers={HEADER: project}, **arguments)
            return answer.status_code, answer.text

        yield ask, client


def page_addresses(both: TwoProjects) -> dict[str, str]:
    """Return an address of every page, with the first project's ids in its path and its query."""
    ids = both.ids
    query = "&".join(
        f"{name}={value}"
        for name, value in {
            "source": f"result:{ids['result_id']}", "result": ids["result_id"], "a": ids["result_id"],
            "b": ids["result_id"], "dataset": ids["dataset_id"], "schedule": ids["schedule_id"],
            "rule": ids["rule_id"], "session": both.visitors[0], "model": ids["name"],
            "saved": ids["scenario_id"], "audience": ids["audience_id"],
        }.items()
    )  # fmt: skip
    return {
        entry["module"]: re.sub(
            r"<([a-z_]+)>", lambda part: ids.get(part[1], "x"), entry["path_template"] or entry["path"]
        )
        + f"?{query}"
        for entry in page_registry.values()
        if not entry["module"].startswith(SHARED_PAGES)
    }


def shown(ask: Any, client: Any, person: Person, project: str, address: str) -> str:
    router = next(name for name in dependencies(client) if "_pages_content.children" in name)
    path, _, search = address.partition("?")
    identity, _, prop = router.strip(".").partition("...")[0].rpartition(".")
    outputs = [
        {"id": part.rpartition(".")[0], "property": part.rpartition(".")[2]}
        for part in router.strip(".").split("...")
    ]
    body = {
        "output": router,
        "outputs": outputs if router.startswith("..") else {"id": identity, "property": prop},
        "inputs": [
            {"id": "_pages_location", "property": "pathname", "value": path},
            {"id": "_pages_location", "property": "search", "value": f"?{search}"},
        ],
        "state": [],
        "changedPropIds": ["_pages_location.pathname"],
    }
    status, text = ask(person, project, "POST", "/_dash-update-component", json=body)
    assert status < 500, (address, text)
    return text


def test_no_page_shows_anything_of_another_project(both: TwoProjects, pages: Any) -> None:
    ask, client = pages
    before, told = both.first_as_it_is(), []
    for role in ROLES:
        for module, address in page_addresses(both).items():
            text = shown(ask, client, both.strangers[role], both.second.project, address)
            if role == "admin":
                # They may enter every project, and are told in which of them it is: by its name, no more.
                text = text.replace(f"Shop {MARK}", "")
            if word := both.tells_of_the_first(text):
                told.append((role, module, word))
    assert told == [], told
    assert both.first_as_it_is() == before
    telling = [
        module
        for module, address in page_addresses(both).items()
        if MARK in shown(ask, client, both.people["admin"], both.first.project, address)
    ]
    assert len(telling) >= 12, telling


def test_a_pasted_link_offers_the_way_to_whoever_may_go_there_and_to_nobody_else(
    both: TwoProjects, pages: Any
) -> None:
    ask, client = pages
    member, second, ids = both.people["analyst"], both.second.project, both.ids
    add_member(second, member.id, both.settings)
    links = (
        f"/results/{ids['result_id']}?outcome=buyers", f"/results/{ids['result_id']}/drift",
        f"/upload/{ids['dataset_id']}", f"/audiences/{ids['audience_id']}",
        f"/train/{ids['training_id']}", f"/schedules/{ids['schedule_id']}",
        f"/clusters?source={ids['source_id']}", f"/compare?a={ids['result_id']}&b={ids['result_id']}",
    )  # fmt: skip
    try:
        for link in links:
            told = shown(ask, client, member, second, link)
            way = f"{CHOOSE}?project={both.first.project}&next={quote(link, safe='')}"
            assert json.loads(f'"{way}"') in told.replace("\\u0026", "&"), (link, told[:2000])
            assert f"Switch to Shop {MARK}" in told
            # Nobody is told where they may not go, nor where it is already.
            for other, project in ((both.strangers["analyst"], second), (member, both.first.project)):
                assert "Switch to" not in shown(ask, client, other, project, link)
        assert "Switch to" not in shown(ask, client, member, second, f"/results/{'x' * 12}")
    finally:
        remove_member(second, member.id, both.settings)


def callbacks(both: TwoProjects, client: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every callback with requests in which everything that may be an id is one of the first's."""
    specs = dependencies(client)
    for output, entry in dashboard.app.callback_map.items():
        name = callback_name(output, entry)
        if not name or name.startswith((*SHARED_PAGES, "_pages_content")) or output not in specs:
            continue
        for key, value in both.ids.items():
            yield name, _request(specs[output], key, value)


def _request(spec: dict[str, Any], key: str, value: str) -> dict[str, Any]:
    inputs = [_part(item, key, value) for item in spec["inputs"]]
    changed = [f"{_id(part[0] if isinstance(part, list) else part)}" for part in inputs[:1]]
    outputs = [
        {"id": _made(identity, value), "property": prop}
        for identity, _, prop in (part.rpartition(".") for part in spec["output"].strip(".").split("..."))
    ]
    return {
        "output": spec["output"],
        "outputs": outputs if spec["output"].startswith("..") else outputs[0],
        "inputs": inputs,
        "state": [_part(item, key, value) for item in spec["state"]],
        "changedPropIds": changed,
    }


def _id(part: dict[str, Any]) -> str:
    identity = part["id"]
    written = (
        identity if isinstance(identity, str) else json.dumps(identity, sort_keys=True, separators=(",", ":"))
    )
    return f"{written}.{part['property']}"


def _made(identity: str, value: str) -> Any:
    """Return a component's id, with the first's id in the place of every wildcard."""
    if not identity.startswith("{"):
        return identity
    parts = json.loads(identity)
    return {name: value if isinstance(part, list) else part for name, part in parts.items()}


def _part(item: dict[str, Any], key: str, value: str) -> Any:
    prop = item["property"]
    page = {"dataset_id": "upload", "audience_id": "audiences", "schedule_id": "schedules"}
    said: Any = {
        "n_clicks": 1,
        "pathname": f"/{page.get(key, 'results')}/{value}",
        "search": f"?source=result:{value}&result={value}&rule={value}",
        "href": f"http://localhost/results/{value}",
        "n_intervals": 1,
    }.get(prop, value)
    made = {"id": _made(item["id"], value), "property": prop, "value": said}
    return [made] if item["id"].startswith("{") else made


@pytest.mark.slow
def test_no_callback_tells_or_changes_anything_of_another_project(both: TwoProjects, pages: Any) -> None:
    ask, client = pages
    before, told, answered = both.first_as_it_is(), [], set()
    for name, body in callbacks(both, client):
        for person in (both.strangers["admin"], both.strangers["viewer"]):
            project = both.second.project
            status, text = ask(person, project, "POST", "/_dash-update-component", json=body)
            if status in (OK, 204):
                answered.add(name)
            if word := both.tells_of_the_first(text):
                told.append((name, person.role, word))
    assert told == [], told
    assert both.first_as_it_is() == before
    # Those that don't are called with what no page sends, and fail before they look anything up.
    assert len(answered) >= len(CALLBACKS) // 2, sorted(answered)


@pytest.mark.parametrize("role", ROLES[:-1])
def test_who_is_no_member_gets_in_nowhere(both: TwoProjects, served: TestClient, role: str) -> None:
    headers = signed_in(both, both.strangers[role]) | {HEADER: both.first.project}
    answer = served.get("/api/results", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (FORBIDDEN, "project")
    assert MARK not in served.get(CHOOSE, headers=headers).text


def test_a_removed_member_is_out_at_the_next_request(both: TwoProjects, served: TestClient) -> None:
    person, second = both.people["analyst"], both.second
    add_member(second.project, person.id, both.settings, "viewer")
    headers = signed_in(both, person) | {HEADER: second.project}
    assert served.get("/api/me", headers=headers).json()["role"] == "viewer"
    remove_member(second.project, person.id, both.settings)
    assert served.get("/api/me", headers=headers).status_code == FORBIDDEN


def test_of_several_projects_none_is_taken_by_itself(both: TwoProjects, served: TestClient) -> None:
    headers = signed_in(both, both.people["admin"])
    answer = served.get("/api/results", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (CONFLICT, "project")
    opened = served.get("/", headers=headers | {"accept": "text/html"})
    assert (opened.status_code, opened.headers["location"]) == (SEE_OTHER, f"{CHOOSE}?next=/")
    with pytest.raises(ProjectError, match="none was chosen"):
        get_settings()
    with pytest.raises(ProjectError, match="none was chosen"):
        get_store(both.settings)


def test_nothing_of_one_project_opens_while_another_is_at_work(both: TwoProjects) -> None:
    with in_project(both.second), pytest.raises(ProjectError, match="another project"):
        get_store(both.first)


def test_a_chosen_project_is_remembered_in_the_browser(both: TwoProjects, served: TestClient) -> None:
    headers = signed_in(both, both.people["admin"])
    chosen = served.post(CHOOSE, data={"project": both.second.project, "next": "/upload"}, headers=headers)
    assert (chosen.status_code, chosen.headers["location"]) == (SEE_OTHER, "/upload")
    assert f"{COOKIE}={both.second.project};" in chosen.headers["set-cookie"]
    mine = signed_in(both, both.people["admin"], both.second.project)
    assert served.get("/api/settings", headers=mine).json()["shop_name"] == "Second"
    assert MARK in served.get("/api/settings", headers=mine | {HEADER: both.first.project}).text


def test_a_link_of_a_message_leads_into_its_project(both: TwoProjects, served: TestClient) -> None:
    link = digest.address("/schedules/x?run=1", both.second)
    member, stranger = (signed_in(both, who["analyst"]) for who in (both.strangers, both.people))
    led = served.get(link, headers=member)
    assert (led.status_code, led.headers["location"]) == (SEE_OTHER, "/schedules/x?run=1")
    assert f"{COOKIE}={both.second.project};" in led.headers["set-cookie"]
    refused = served.get(link, headers=stranger)
    assert refused.status_code == OK
    assert "set-cookie" not in refused.headers


def test_routes_of_the_api_read_the_project_at_work() -> None:
    """The installation's settings are for what is of no project."""
    allowed = {"application.py", "health.py", "gate.py", "choosing.py", "collector.py", "live_rules.py"}
    allowed |= {"managing.py", "errors.py"}
    folder = Path(dashboard.__file__).parent / "core" / "api"
    using = {path.name for path in folder.rglob("*.py") if "app.state.settings" in path.read_text()}
    assert using <= allowed


def test_an_address_without_its_project_says_what_to_add(both: TwoProjects, served: TestClient) -> None:
    there = f"/api/results/{both.ids['result_id']}"
    admin = signed_in(both, both.people["admin"], both.second.project)
    answer = served.get(there, headers=admin)
    assert answer.status_code == NOT_FOUND
    assert f"?project={both.first.project}" in answer.json()["remedy"]
    assert served.get(f"{there}?project={both.first.project}", headers=admin).status_code == OK
    stranger = served.get(there, headers=signed_in(both, both.strangers["analyst"], both.second.project))
    assert "project" not in (stranger.json()["remedy"] or "")
