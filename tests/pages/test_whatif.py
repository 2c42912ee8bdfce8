"""The what-if page over HTTP: its layout from an address, its answer to a changed field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest

from components.whatif_form import to_control
from tests.core.whatif.shop import Shop, open_shop
from tests.pages.dashing import Client, Page, control, walk


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with open_shop(tmp_path_factory.mktemp("shop")) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(shop: Shop) -> Client:
    from app import server

    return Client(server)


def _contents(page: Page) -> dict[str, Any]:
    return {props["id"]["field"]: props["value"] for props in page.matching("whatif-control")}


def _update(page: Page, **changes: Any) -> dict[str, Any]:
    contents = _contents(page) | changes
    places = ("whatif-message", "whatif-readout")
    return page.call(
        "whatif-answer.children",
        f"{control('whatif-control', field=next(iter(changes)))}.value",
        {
            "whatif-control": [
                ({"type": "whatif-control", "field": name}, value) for name, value in contents.items()
            ],
            "whatif-link.value": page.find("whatif-link")["value"],
            "whatif-start.data": page.find("whatif-start")["data"],
        },
        {kind: [props["id"] for props in page.matching(kind)] for kind in places},
    )


def _probability(answer: dict[str, Any]) -> str:
    parts = answer["whatif-answer"]["children"]
    return next(p["props"]["children"] for p in walk(parts) if p["props"].get("id") == "whatif-probability")


def test_an_address_without_arguments_opens_an_ordinary_session(client: Client, shop: Shop) -> None:
    page = Page(client, "/what-if")
    fields = {field.name: field for field in shop.predictor.form_fields()}

    assert _contents(page)["clicks"] == to_control(fields["clicks"], fields["clicks"].default)
    assert page.find("whatif-link")["value"] is True
    assert page.find("whatif-start")["data"] == {}
    assert "As recorded" not in page.text()


def test_a_changed_field_changes_the_answer_its_messages_and_the_address(client: Client) -> None:
    page = Page(client, "/what-if")
    before = page.find("whatif-probability")["children"]

    answer = _update(page, cart_adds=2, cart_value=0)

    assert float(_probability(answer).rstrip("%")) > 2 * float(before.rstrip("%"))
    assert answer["whatif-state"]["data"] == {"pathname": "/what-if", "query": "cart_adds=2"}
    said = answer[control("whatif-message", field="cart_value")]["children"]
    assert "worth nothing" in said[0]["props"]["children"]
    n_events = sum(
        _contents(page)[name] for name in ("clicks", "page_views", "searches", "cart_removes", "checkouts")
    )
    assert answer[control("whatif-readout", field="n_events")]["children"] == str(n_events + 2)


def test_the_address_of_an_answer_opens_the_same_answer(client: Client) -> None:
    first = Page(client, "/what-if")
    answer = _update(first, cart_adds=1, price_mean=33.5, country_group="EU", is_returning="yes")
    query = answer["whatif-state"]["data"]["query"]

    again = Page(client, f"/what-if?{query}")

    assert again.find("whatif-probability")["children"] == _probability(answer)
    assert _contents(again)["country_group"] == "EU"


def test_a_row_of_a_result_gets_its_recorded_number(client: Client, shop: Shop) -> None:
    row = shop.telling
    address = f"/what-if?result={shop.result.id}&session={row['session_id']}"
    page = Page(client, address)

    written = f"{row['purchase_probability']:.1%}"
    assert page.find("whatif-probability")["children"] == written
    assert f"As recorded: {written}." in page.text()
    assert "“March visits”" in page.text()
    answer = _update(page, searches=row["searches"] + 3)
    assert dict(parse_qsl(answer["whatif-state"]["data"]["query"])) == {
        "result": shop.result.id,
        "session": row["session_id"],
        "searches": str(row["searches"] + 3),
    }


def test_switching_the_worked_out_fields_off_asks_for_them_from_what_they_were(client: Client) -> None:
    page = Page(client, "/what-if?clicks=9")
    moved = page.call(
        "whatif-open.data",
        "whatif-link.value",
        {
            "whatif-control": [
                ({"type": "whatif-control", "field": name}, value) for name, value in _contents(page).items()
            ],
            "whatif-link.value": False,
            "whatif-start.data": {},
        },
    )["whatif-open"]["data"]
    asked = Page(client, f"{moved['pathname']}?{moved['query']}")

    assert dict(parse_qsl(moved["query"])) == {"clicks": "9", "linked": "no"}
    assert asked.find("whatif-link")["value"] is False
    assert _contents(asked)["n_events"] == int(
        next(p for p in page.matching("whatif-readout") if p["id"]["field"] == "n_events")["children"]
    )


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/what-if?result=gone&session=x", "can't be opened"),
        ("/what-if?result=training&session=gone", "no such session"),
        ("/what-if?clicks=many&hour=30", "“many” is not a number"),
        ("/what-if?clicks=2&clicks=oops", "“oops” is not a number"),
    ],
)
def test_a_link_that_asks_for_what_is_not_there_says_so(client: Client, address: str, said: str) -> None:
    page = Page(client, address)

    assert said in page.text()
    assert page.find("whatif-start")["data"] == {}


def test_unknown_arguments_are_ignored(client: Client) -> None:
    page = Page(client, "/what-if?utm_source=mail&source=x&linked=maybe")

    assert "Not everything" not in page.text()


def test_every_example_opens_with_its_own_answer(client: Client) -> None:
    page = Page(client, "/what-if")
    links = [
        part["props"]["href"]
        for part in page.components()
        if str(part["props"].get("id")).startswith("whatif-preset-")
    ]
    answers = {href: Page(client, href).find("whatif-probability")["children"] for href in links}

    assert len(answers) == 5
    assert float(answers[links[-1]].rstrip("%")) > 5 * float(answers[links[0]].rstrip("%"))
