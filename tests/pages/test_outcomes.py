"""The outcomes of an audience over HTTP: brought by a file or a later result, told, set, forgotten."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from core.audiences import Definition, select
from core.audiences.repository import definition_of, make
from core.results.sources import find_source
from core.storage import Audience, get_store
from tests.core.whatif.shop import Shop
from tests.pages.dashing import Client, Page, walk


@pytest.fixture
def audience(shop: Shop) -> Iterator[Audience]:
    made = make(
        shop.result.id,
        name="Spring",
        definition=Definition(pick="all", held_out=0.4, id_form="raw", cost=0.5),
    )
    yield made
    get_store().delete_audience(made.id)
    assert not get_store().outcomes(made.id)


def ids(audience: Audience) -> list[dict[str, Any]]:
    definition = replace(definition_of(audience), id_form="raw")
    return select(find_source(audience.result_id), definition).members()


def csv(audience: Audience) -> str:
    """Return a file in which every 4th of the contacted has bought, and every 20th of those held out."""
    rows = ["visitor_id,bought,revenue"]
    for held_out in (False, True):
        group = [person["id"] for person in ids(audience) if person["held_out"] == held_out]
        rows += [f"{one},yes,20" for one in group[:: 20 if held_out else 4]]
    return "\n".join(rows)


def bring(page: Page, content: str | None, name: str = "outcomes.csv") -> dict[str, Any]:
    told = None if content is None else base64.b64encode(content.encode()).decode()
    return page.call(
        "outcomes-problem.children",
        "outcomes-file.data",
        {
            "outcomes-file.data": {"name": name, "size": 6_000_000, "times": 1, "content": told},
            "outcomes-shown.data": page.find("outcomes-shown")["data"],
        },
    )


def test_how_many_of_each_group_are_listed_stands_first(client: Client, audience: Audience) -> None:
    page = Page(client, f"/audiences/{audience.id}/outcomes")
    every = "\n".join(["visitor_id,bought", *(f"{one['id']},{n % 2}" for n, one in enumerate(ids(audience)))])
    text = opened(client, bring(page, every)).text()
    assert text.index("Listed in the outcomes:") < text.index("No effect shown")
    contacted = [one["id"] for one in ids(audience) if not one["held_out"]]
    text = opened(client, bring(page, "visitor_id,bought\n" + ",1\n".join(contacted) + ",1\n")).text()
    assert "The campaign can't be measured: nobody who was held out is in the outcomes" in text
    assert "Uplift" not in text


def opened(client: Client, answer: dict[str, Any]) -> Page:
    to = answer["outcomes-open"]["data"]
    return Page(client, f"{to['pathname']}?{to['query']}")


def test_a_file_is_read_kept_and_told_of(client: Client, audience: Audience) -> None:
    page = Page(client, f"/audiences/{audience.id}/outcomes")
    assert "Upload outcomes" in page.text()
    shown = opened(client, bring(page, csv(audience)))
    said = shown.text()
    assert "The campaign lifted purchases" in said
    assert "outcomes from outcomes.csv" in said
    assert "Was the campaign large enough?" in said
    assert "synthetic" not in said
    # The latest outcomes are shown without being asked for.
    assert "The campaign lifted purchases" in Page(client, f"/audiences/{audience.id}/outcomes").text()


def test_the_same_outcomes_are_noticed(client: Client, audience: Audience) -> None:
    page = Page(client, f"/audiences/{audience.id}/outcomes")
    opened(client, bring(page, csv(audience)))
    kept = get_store().outcomes(audience.id)
    again = bring(page, csv(audience))

    assert "outcomes-open" not in again
    said = list(walk(again["outcomes-problem"]["children"]))
    assert "These outcomes were read before" in str(said)
    assert get_store().outcomes(audience.id) == kept
    href = next(part["props"]["href"] for part in said if part["props"].get("href"))
    assert "The campaign lifted purchases" in Page(client, href).text()


def test_a_value_out_of_range_gives_no_figures(client: Client, audience: Audience) -> None:
    shown = opened(client, bring(Page(client, f"/audiences/{audience.id}/outcomes"), csv(audience)))
    controls = [props["id"] for props in shown.matching("outcomes-control")]
    set_to = {"missing": "no", "cost": -2, "margin": 50, "effect": None}
    answer = shown.call(
        "outcomes-body.children",
        "outcomes-control",
        {
            "outcomes-control": [(identity, set_to[identity["name"]]) for identity in controls],
            "outcomes-shown.data": shown.find("outcomes-shown")["data"],
        },
    )
    assert "Cost per contact is out of range" in str(answer["outcomes-body"]["children"])
    assert "Extra buyers" not in str(answer["outcomes-body"]["children"])
    assert "outcomes-state" not in answer


def test_what_is_set_is_reckoned_with_and_stands_in_the_address(client: Client, audience: Audience) -> None:
    shown = opened(client, bring(Page(client, f"/audiences/{audience.id}/outcomes"), csv(audience)))
    assert "bought (100%)" not in str(shown.find("outcomes-body"))
    set_to = {"missing": "unknown", "cost": 2, "margin": 50, "effect": 3}
    controls = [props["id"] for props in shown.matching("outcomes-control")]
    answer = shown.call(
        "outcomes-body.children",
        "outcomes-control",
        {
            "outcomes-control": [(identity, set_to[identity["name"]]) for identity in controls],
            "outcomes-shown.data": shown.find("outcomes-shown")["data"],
        },
    )
    query = answer["outcomes-state"]["data"]["query"]
    assert query.endswith("missing=unknown&cost=2&margin=0.5&effect=0.03")
    said = str(answer["outcomes-body"]["children"])
    # Only buyers are in the file: of those who are left everybody bought.
    assert "bought (100%)" in said
    again = Page(client, f"/audiences/{audience.id}/outcomes?{query}")
    assert [props["value"] for props in again.matching("outcomes-control")] == ["unknown", 2, 50, 3]
    assert "bought (100%)" in str(again.find("outcomes-body"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("visitor_id,bought\nnobody,1", "No column holds the ids"),
        (None, "the limit here is 5"),
        ("", "is empty"),
    ],
)
def test_what_cannot_be_read_is_said(
    client: Client, audience: Audience, content: str | None, said: str
) -> None:
    answer = bring(Page(client, f"/audiences/{audience.id}/outcomes"), content)
    assert said in str(answer["outcomes-problem"]["children"])
    assert not get_store().outcomes(audience.id)


def test_outcomes_are_forgotten(client: Client, audience: Audience) -> None:
    shown = opened(client, bring(Page(client, f"/audiences/{audience.id}/outcomes"), csv(audience)))
    ids = shown.find("outcomes-shown")["data"]
    shown.post(
        next(name for name in _names(client) if name.startswith("outcomes-open.data@")),
        [{"id": "outcomes-forget", "property": "n_clicks", "value": 1}],
        [{"id": "outcomes-shown", "property": "data", "value": ids}],
        ["outcomes-forget.n_clicks"],
    )
    assert not get_store().outcomes(audience.id)
    gone = Page(client, f"/audiences/{audience.id}/outcomes?outcomes={ids['outcomes']}")
    assert "have been deleted" in gone.text()


def _names(client: Client) -> list[str]:
    from tests.pages.dashing import dependencies

    return list(dependencies(client))


def test_an_audience_that_is_gone_is_said(client: Client) -> None:
    assert "Audience not found" in Page(client, "/audiences/none/outcomes").text()
