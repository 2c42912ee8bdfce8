"""The pages of API keys and of the audit log over HTTP: what they make, show, and lead to."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from components.administration.audit import audit_page
from core.audit import record
from core.audit.log import Entry
from core.base.identity import Identity, acting_as
from core.keys import keys
from core.keys.checking import UnknownKeyError, identity_of_key
from tests.components.reading import text
from tests.core.whatif.shop import Shop
from tests.pages.dashing import Client, Page, control, dependencies

KEYS, AUDIT = "/settings/keys", "/settings/audit"


def test_an_entry_names_its_project() -> None:
    entry = Entry(
        id=1,
        at=datetime(2026, 12, 1, tzinfo=UTC),
        who_id="p1",
        who="Ada",
        via="account",
        address="::1",
        action="key_made",
        subject="Warehouse",
        detail={"project": "main", "days": 90},
        hash="",
    )
    shown = audit_page(
        entries=[entry], total=1, people=["Ada"], query={}, older=None, projects={"main": "Shop in Germany"}
    )
    assert "project: Shop in Germany · days: 90" in text(shown)
    project = replace(entry, action="project_changed", detail={"what": "made"})
    shown = audit_page(entries=[project], total=1, people=["Ada"], query={}, older=None)
    assert "Made a project" in text(shown)
    assert "made" not in text(shown)


def made(client: Client, **values: object) -> str:
    page = Page(client, KEYS)
    told = {"key-name.value": "Warehouse", "key-scopes.value": ["results.read"], "key-expiry.value": "30",
            "key-limit.value": 60, "key-make.n_clicks": 1,
            "_pages_location.href": "https://shop.example/settings/keys"}  # fmt: skip
    answer = page.call("..key-made.children", "key-make.n_clicks", told | values)
    return json.dumps(answer, ensure_ascii=False)


def test_a_key_is_made_shown_once_and_revoked(client: Client, shop: Shop) -> None:
    said = made(client)
    secret = re.search(r"scsp_[\w-]+", said)
    assert secret
    assert "it can't be shown again" in said
    assert "curl https://shop.example/api/me" in said
    assert identity_of_key(secret[0], "", shop.settings).name == "Warehouse"
    page = Page(client, KEYS)
    assert secret[0] not in page.text()
    assert f"…{secret[0][-4:]}" in page.text()
    (key,) = keys(shop.settings)
    button = {"type": "key-revoke", "key": key.id}
    page.press(json.dumps({"key": ["ALL"], "type": "key-revoke"}, separators=(",", ":")),
               {"key-revoke": [(button, 1)]})  # fmt: skip
    assert "revoked" in Page(client, KEYS).text()
    with pytest.raises(UnknownKeyError):
        identity_of_key(secret[0], "", shop.settings)


def test_what_no_key_can_be_is_said(client: Client) -> None:
    assert "needs a name" in made(client, **{"key-name.value": "  "})
    assert "may do nothing" in made(client, **{"key-scopes.value": []})
    assert "requests per minute" in made(client, **{"key-limit.value": None})


def test_the_log_shows_what_the_address_means(client: Client, shop: Shop) -> None:
    with acting_as(Identity(name="Ada", via="account", address="192.0.2.7")):
        record("ids_downloaded", "May.csv", settings=shop.settings, kind="result", format="csv")
        for n in range(60):
            record("rule_changed", f"Rule {n}", settings=shop.settings, what="made")
    text = Page(client, f"{AUDIT}?who=Ada&action=ids_downloaded").text()
    assert "May.csv" in text
    assert "result · format: csv" in text
    assert "1 entry." in text
    assert "Rule 3" not in text
    assert "No entries" in Page(client, f"{AUDIT}?q=nowhere").text()
    first = Page(client, f"{AUDIT}?who=Ada")
    assert "Rule 59" in first.text()
    assert "May.csv" not in first.text()
    older = next(part["props"]["href"] for part in first.components()
                 if str(part["props"].get("href", "")).startswith(f"{AUDIT}?who=Ada&before="))  # fmt: skip
    assert "May.csv" in Page(client, older).text()
    # What can't be understood is left out, as everywhere.
    assert "Rule 59" in Page(client, f"{AUDIT}?action=x&from=yesterday&before=x&who=Ada").text()


def test_choosing_leads_to_an_address(client: Client, shop: Shop) -> None:
    page = Page(client, AUDIT)
    fields = [(props["id"], props.get("value", "")) for props in page.matching("audit-field")]
    chosen = [(place, "deleted" if place["name"] == "action" else value) for place, value in fields]
    (output,) = (
        spec["output"]
        for spec in dependencies(client).values()
        if any("audit-field" in item["id"] for item in spec["inputs"])
    )
    inputs = [[{"id": place, "property": "value", "value": value} for place, value in chosen]]
    state = [{"id": "_pages_location", "property": "search", "value": ""}]
    answer = page.post(output, inputs, state, [control("audit-field", name="action") + ".value"])
    assert "action=deleted" in json.dumps(answer)
    # What filters nothing isn't part of the address.
    assert "who=" not in json.dumps(answer)


def test_settings_lead_to_both(client: Client) -> None:
    hrefs = [part["props"].get("href") for part in Page(client, "/settings").components()]
    assert {KEYS, AUDIT} <= set(hrefs)
