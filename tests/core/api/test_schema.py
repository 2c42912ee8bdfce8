"""Whatever is asked of the API with a key, it answers as its description says, and never with a crash.

schemathesis makes up requests from the OpenAPI description, with real ids among the made-up ones.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import hypothesis
import pytest
import requests
from hypothesis import strategies as st
from starlette.testclient import TestClient

from components.models import download as cards
from components.report import download as report
from core.accounts.people import add_person
from core.accounts.sessions import begin
from core.api import create_application, protect
from core.base.project import FIRST, HEADER
from core.base.settings import Settings
from core.keys import SCOPES, make_key
from core.keys.records import MOST_RATE
from core.projects import create_project
from core.security.sessions import COOKIE
from tests.core.whatif.shop import Shop, shop

__all__ = ["shop"]

if TYPE_CHECKING:
    from schemathesis import Case

EXAMPLES = 100 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 5
#: A stream of events has no end to wait for; what isn't ready is to answer 503.
LEFT_OUT = {"/api/live/stream", "/readyz"}


def send(case: Case, client: TestClient) -> httpx.Response:
    """Send what was made up, with the client's own headers besides."""
    made = requests.Request(**case.as_transport_kwargs(base_url=str(client.base_url))).prepare()
    return client.request(made.method, made.url, headers=dict(made.headers), content=made.body)


def check(operation: Any, client: TestClient, real: dict[str, str]) -> None:
    """Call one operation in several ways; deleting is tried on what isn't there."""
    # Here: it takes each process of tests most of a second, of which one calls it.
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    held = [
        not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
        checks.response_headers_conformance,
    ]

    @hypothesis.settings(max_examples=EXAMPLES, suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(st.data())
    def answers(data: st.DataObject) -> None:
        case: Case = data.draw(operation.as_strategy())
        if operation.method.upper() != "DELETE" and data.draw(st.booleans()):
            case.path_parameters |= {name: real[name] for name in case.path_parameters if name in real}
        case.validate_response(send(case, client), checks=held)

    answers()


def calls(client: TestClient, real: dict[str, str], under: str = "/") -> list[str]:
    """Call every operation below an address, and return what was answered wrongly."""
    import schemathesis

    found = []
    schema = schemathesis.openapi.from_dict(client.get("/api/openapi.json").json())
    schema.location = "http://localhost/api/openapi.json"
    for each in schema.get_all_operations():
        operation = each.ok()
        if operation.path in LEFT_OUT or not operation.path.startswith(under):
            continue
        try:
            check(operation, client, real)
        except Exception as error:  # noqa: BLE001 - whatever it is, the others are called as well
            found.append(f"{operation.method.upper()} {operation.path}: {error!r} {error.__notes__}")
    return found


@pytest.mark.slow
def test_every_call_is_answered_as_described(shop: Shop) -> None:
    application = create_application(shop.settings, report.router, cards.router)
    protect(application)
    _, secret = make_key("Tester", scopes=SCOPES, rate=MOST_RATE, settings=shop.settings)
    client = TestClient(
        application,
        base_url="http://localhost",
        client=("127.0.0.1", 5),
        headers={"authorization": f"Bearer {secret}"},
        raise_server_exceptions=False,
    )
    real = {"result_id": shop.result.id, "dataset_id": shop.result.dataset_id, "name": shop.result.bundle}
    assert calls(client, real) == []


def test_an_administrator_s_calls_about_projects_are_answered_as_described(tmp_path: Path) -> None:
    """No key may make or delete any: this is asked by somebody who is signed in."""
    settings = Settings(data_dir=tmp_path / "data", min_free_bytes=0)
    boss = add_person(
        email="boss@shop.example", name="Boss", role="admin", password="a long walk by the river",
        settings=settings,
    )  # fmt: skip
    made = create_project("France", settings)
    application = create_application(settings, report.router, cards.router)
    protect(application)
    token = begin(boss.id, address="", device="", settings=settings)
    client = TestClient(
        application,
        base_url="http://localhost",
        headers={"cookie": f"{COOKIE}={token}", HEADER: made.id},
        raise_server_exceptions=False,
    )
    assert calls(client, {}, "/api/projects") == []
    listed = client.get("/api/projects").json()
    assert [(one["id"], one["is_current"]) for one in listed] == [(FIRST, False), (made.id, True)]
    for typed, status in (("Germany", 409), ("", 409), ("France", 204), ("France", 403)):
        answer = client.delete(f"/api/projects/{made.id}", params={"name": typed})
        assert answer.status_code == status, answer.text
    client.headers[HEADER] = FIRST
    last = client.delete(f"/api/projects/{FIRST}", params={"name": listed[0]["name"]})
    assert (last.status_code, last.json()["code"]) == (409, "project")
