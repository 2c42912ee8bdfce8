"""What pages show a viewer and an analyst: no ids, no answer about ids, nothing to press that is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from app import app, server
from components.app_shell.offered import offered
from core.base.identity import Identity, Role, acting_as
from core.results.filters import Filters
from core.storage import get_store
from core.whatif.scenario import open_scenario
from tests.core.whatif.shop import Shop
from tests.pages.dashing import Client, Page

As = Callable[[Role], None]
#: Every page that leads on, with what a viewer may not use there.
PAGES = ("/", "/results/{id}", "/results/{id}?view=sessions", "/models", "/models/demo-shop", "/live",
         "/what-if", "/what-if/saved", "/clusters", "/compare", "/journeys")  # fmt: skip
NOT_FOR_VIEWERS = (
    "/upload",
    "/train",
    "/audiences",
    "/live/rules",
    "/settings",
    "/api/results/{id}/download",
)
BUTTONS = ("whatif-save-open", "live-key-make", "live-first-make", "live-demo")


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch) -> As:
    def sign_in(role: Role) -> None:
        who = Identity(id="v", name="Vera", role=role, via="account")
        monkeypatch.setattr(server.state.access, "identify", lambda cookie, address: who, raising=False)

    return sign_in


def offers(client: Client, shop: Shop) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for address in PAGES:
        for part in Page(client, address.format(id=shop.result.id)).components():
            yield address, part["type"], part["props"]


def test_a_viewer_is_shown_no_way_to_what_is_refused(client: Client, shop: Shop, signed_in: As) -> None:
    barred = tuple(address.format(id=shop.result.id) for address in NOT_FOR_VIEWERS)
    every = list(offers(client, shop))
    assert {part["id"] for _, _, part in every if part.get("id") in BUTTONS} == set(BUTTONS)
    assert any(str(part.get("href")).startswith(barred) for _, _, part in every)
    signed_in("viewer")
    wrong = [
        (address, part.get("href") or part.get("id"))
        for address, _, part in offers(client, shop)
        if str(part.get("href")).startswith(barred) or part.get("id") in BUTTONS
    ]
    assert wrong == []


def test_an_analyst_keeps_their_ways_and_has_none_to_delete(
    client: Client, shop: Shop, signed_in: As
) -> None:
    assert Page(client, "/upload").matching("upload-delete")
    signed_in("analyst")
    page = Page(client, "/upload")
    assert page.matching("upload-rename")
    assert not page.matching("upload-delete")
    every = list(offers(client, shop))
    assert any(part.get("href") == "/upload" for _, _, part in every)
    assert any(part.get("id") == "whatif-save-open" for _, _, part in every)
    assert not any(part.get("id") == "live-key-make" for _, _, part in every)


def test_words_of_a_sentence_stay_where_the_link_goes() -> None:
    link = {"type": "Link", "namespace": "dash_core_components", "props": {"children": "x", "href": "/train"}}
    answer = json.dumps({"response": {"a": {"children": ["See ", link, "."]}}})
    with acting_as(Identity(role="viewer", via="account")):
        (_, words, _) = json.loads(offered(app, answer))["response"]["a"]["children"]
    assert (words["type"], words["props"]) == ("Span", {"children": "x"})
    assert offered(app, answer) == answer


def test_a_viewer_cannot_ask_about_ids_through_addresses(client: Client, shop: Shop, signed_in: As) -> None:
    session = shop.telling["session_id"]
    asked = {
        "q": session,
        "col.session_id": f"is:{session}",
        "col.visitor_id": "has:v",
        "sort": "-visitor_id",
    }
    mine = Filters.from_query(asked)
    assert (mine.q, len(mine.columns), len(mine.sort)) == (session, 2, 1)
    with acting_as(Identity(role="viewer", via="account")):
        theirs = Filters.from_query(asked)
        note = open_scenario(result=shop.result.id, session=session).notes
    assert theirs == Filters()
    assert theirs.withheld
    assert note == ("Your role doesn't include opening single sessions.",)
    signed_in("viewer")
    page = Page(client, f"/results/{shop.result.id}?view=sessions&q={quote(session)}")
    assert "your role sees no ids" in page.text()
    assert session not in json.dumps(page.content)
    for address in (f"/what-if?result={shop.result.id}&", f"/what-if/journey?result={shop.result.id}&",
                    f"/results/{shop.result.id}/session?", "/live?"):  # fmt: skip
        page = Page(client, f"{address}session={quote(session)}")
        assert session not in json.dumps(page.content), address
    assert "Your role is viewer" in Page(client, f"/results/{shop.result.id}/session?session=x").text()


def test_a_saved_scenario_of_a_session_is_no_link_for_a_viewer(
    client: Client, shop: Shop, signed_in: As
) -> None:
    session, store = shop.telling["session_id"], get_store()
    of_session = urlencode({"result": shop.result.id, "session": session})
    for name, query in (("Theirs", of_session), ("Anybody", "clicks=5")):
        store.save_scenario(name=name, bundle="demo-shop", query=query, who="ada")
    assert session in json.dumps(Page(client, "/what-if/saved").content)
    signed_in("viewer")
    page = Page(client, "/what-if/saved")
    assert session not in json.dumps(page.content)
    assert "Theirs" in page.text()
    assert any(part["props"].get("href") == "/what-if?clicks=5" for part in page.components())


def test_the_map_of_sessions_names_them_by_a_hash(client: Client, shop: Shop, signed_in: As) -> None:
    address = f"/api/map/{shop.result.id}/sessions"
    ids = client.request("GET", address).json()
    signed_in("viewer")
    answer = client.request("GET", address)
    assert answer.status_code == 200
    assert len(set(answer.json())) == len(ids)
    assert all(one.startswith("#") for one in answer.json())
    assert not set(answer.json()) & set(ids)
