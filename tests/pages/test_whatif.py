"""The what-if page over HTTP: its layout from an address, its answer to a changed field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from components.whatif.form import to_control
from core.bundle.predictor import Predictor
from core.bundle.registry import go_back, promote
from core.bundle.repository import load_bundle, save_bundle
from core.explain import Explanation, explain_one
from core.storage import get_store
from core.whatif import why
from tests.core.whatif.handmade import make_bundle, sessions
from tests.core.whatif.shop import Shop
from tests.pages.dashing import Client, Page, control, walk

#: Where the messages and the worked-out values of the fields stand.
PLACES = ("whatif-message", "whatif-readout", "whatif-control")


def _contents(page: Page) -> dict[str, Any]:
    return {props["id"]["field"]: props["value"] for props in page.matching("whatif-control")}


def _update(page: Page, **changes: Any) -> dict[str, Any]:
    contents = _contents(page) | changes
    return page.call(
        "whatif-answer.children",
        f"{control('whatif-control', field=next(iter(changes)))}.value",
        {
            "whatif-control": [
                ({"type": "whatif-control", "field": name}, value) for name, value in contents.items()
            ],
            "whatif-link.value": page.find("whatif-link")["value"],
            "whatif-start.data": page.find("whatif-start")["data"],
            "whatif-model.data": page.find("whatif-model")["data"],
            "whatif-curve-field.value": page.find("whatif-curve-field")["value"],
            "whatif-curve-of.value": page.find("whatif-curve-of")["value"],
        },
        {kind: [props["id"] for props in page.matching(kind)] for kind in PLACES},
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
    assert "its value is 0" in said[0]["props"]["children"]
    n_events = sum(
        _contents(page)[name] for name in ("clicks", "page_views", "searches", "cart_removes", "checkouts")
    )
    assert answer[control("whatif-readout", field="n_events")]["children"] == str(n_events + 2)


def test_a_change_is_explained_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page(client, "/what-if")
    explained: list[str] = []

    def counted(predictor: Predictor, row: Mapping[str, object], target: str) -> Explanation:
        explained.append(target)
        return explain_one(predictor, row, target)

    monkeypatch.setattr(why, "explain_one", counted)
    here = _update(page, searches=17, price_mean=41.5, is_returning="yes")["whatif-state"]["data"]
    curves = page.call("whatif-curves.children", "whatif-state.data", {"whatif-state.data": here})
    assert any(
        part["props"].get("id") == "whatif-waterfall" for part in walk(curves["whatif-curves"]["children"])
    )
    assert explained == ["purchase"]


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


def test_the_answer_comes_with_its_reasons_and_curves(client: Client) -> None:
    page = Page(client, "/what-if?cart_adds=2&curve=clicks&of=revenue")

    classes = [str(part["props"].get("className")) for part in page.components()]
    assert sum(name.startswith("reasons-item") for name in classes) == 3
    assert "If only this changed: clicks" in page.text()
    curve = page.find("whatif-curve-large")["figure"]
    assert curve["layout"]["yaxis"]["title"]["text"] == "expected revenue, EUR"
    assert len(page.matching("whatif-curve")) == 6
    assert page.find("whatif-waterfall")["figure"]["data"]
    followed = Page(client, "/what-if?curve=n_events")
    assert "Events is worked out from other fields here" in followed.text()


def test_a_kept_scenario_stands_beside_the_form_and_leads_back(client: Client) -> None:
    first = Page(client, "/what-if?clicks=9&product_views=3")
    page = Page(client, f"{first.find('whatif-keep')['href']}&cart_adds=2")
    answer = _update(page, searches=2)
    here = answer["whatif-state"]["data"]
    redrawn = page.call("whatif-scenarios.children", "whatif-state.data", {"whatif-state.data": here})[
        "whatif-scenarios"
    ]["children"]
    words = [str(part["props"].get("children")) for part in walk(redrawn)]

    assert "s1=name:Scenario+1,clicks:9,product_views:3" in here["query"]
    assert {"Added to cart", "Searches", "Probability"} <= set(words)
    assert "Clicks" not in words, "what is the same isn't told"
    links = {
        part["props"]["children"]: part["props"]["href"] for part in walk(redrawn) if "href" in part["props"]
    }
    assert _contents(Page(client, links["Open"]))["searches"] == 0
    assert "Keep the session above" in Page(client, links["Remove"]).text()
    renamed = page.call(
        "whatif-open.data@",
        f"{control('whatif-compare-name', place=0)}.value",
        {
            "whatif-compare-name": [({"type": "whatif-compare-name", "place": 0}, "<b>Many clicks</b>")],
            "whatif-control": [
                ({"type": "whatif-control", "field": name}, value) for name, value in _contents(page).items()
            ],
            "whatif-link.value": True,
            "whatif-start.data": page.find("whatif-start")["data"],
        },
    )["whatif-open"]["data"]
    assert "<b>Many clicks</b>" in [
        props["value"]
        for props in Page(client, f"/what-if?{renamed['query']}").matching("whatif-compare-name")
    ]


def test_an_invalid_field_gives_no_number_anywhere(client: Client) -> None:
    page = Page(client, "/what-if")
    answer = _update(page, hour=30)
    here = answer["whatif-state"]["data"]
    kept = {**here, "query": f"{here['query']}&change=yes&s1=name:Bad,hour:-2"}
    parts = page.call("whatif-curves.children", "whatif-state.data", {"whatif-state.data": kept})
    change = page.call("whatif-change.children", "whatif-state.data", {"whatif-state.data": kept})
    again = Page(client, f"/what-if?{kept['query']}")

    assert here["query"] == "hour=30"
    assert answer[control("whatif-control", field="hour")]["invalid"] is True
    assert answer[control("whatif-control", field="clicks")]["invalid"] is False
    shown = [
        answer["whatif-answer"],
        answer["whatif-summary"],
        parts["whatif-curves"],
        change["whatif-change"],
    ]
    for part in [*shown, parts["whatif-scenarios"]]:
        words = " ".join(str(p["props"].get("children")) for p in walk(part["children"]))
        assert "%" not in words
        assert "invalid" in words or "No prediction" in words
    assert _contents(again)["hour"] == 30
    assert "30 is not between 0 and 23" in again.text()
    ids = {part["props"].get("id") for part in again.components() if isinstance(part["props"].get("id"), str)}
    assert not ids & {"whatif-probability", "whatif-curve-large", "whatif-waterfall", "whatif-compare-chart"}
    said = page.call(
        "whatif-save-said.children",
        "whatif-save-submit.n_clicks",
        {
            "whatif-save-name.value": "Impossible",
            "whatif-control": [
                ({"type": "whatif-control", "field": n}, v)
                for n, v in (_contents(page) | {"hour": 30}).items()
            ],
            "whatif-link.value": True,
            "whatif-start.data": {},
        },
    )["whatif-save-said"]["children"]
    assert "Correct it, then save the page." in str(said)
    assert get_store().scenarios() == ()
    assert _probability(_update(page, hour=12))


def test_a_form_stays_with_its_model_when_another_is_put_to_work(client: Client, shop: Shop) -> None:
    page = Page(client, "/what-if")
    rows = sessions(300, seed=5).drop_columns(["searches"])
    rows = rows.append_column("coupons", pa.array([i % 4 for i in range(300)], pa.int64()))
    make_bundle(shop.settings, name="newer", rows=rows)
    promote("newer", who="a test", settings=shop.settings)
    try:
        answer = _update(page, cart_adds=2, searches=3)
        here = answer["whatif-state"]["data"]
        drawn = {"whatif-state.data": here, "whatif-model.data": page.find("whatif-model")["data"]}
        parts = page.call("whatif-curves.children", "whatif-state.data", drawn)
        said = list(walk(answer["whatif-other-model"]["children"]))
        switched = Page(
            client, next(p["props"]["href"] for p in said if "/what-if" in p["props"].get("href", ""))
        )
        reloaded = Page(client, f"/what-if?{here['query']}")
    finally:
        go_back(who="a test", settings=shop.settings)

    assert dict(parse_qsl(here["query"]))["bundle"] == "demo-shop"
    assert _probability(answer) == reloaded.find("whatif-probability")["children"]
    assert parts["whatif-curves"]["children"]
    assert "is in use now" in str(said)
    assert switched.find("whatif-model")["data"] == "newer"
    assert _contents(switched)["cart_adds"] == 2
    assert "coupons" in _contents(switched)


def test_the_smallest_change_is_searched_for_when_asked_and_fills_the_form(client: Client) -> None:
    page = Page(client, "/what-if")
    assert "A connection, not a cause" not in page.text()
    found = page.call(
        "whatif-change.children",
        "whatif-state.data",
        {"whatif-state.data": {"pathname": "/what-if", "query": "change=yes"}},
    )["whatif-change"]["children"]
    uses = [p["props"]["href"] for p in walk(found) if str(p["props"].get("id")).startswith("whatif-use-")]
    used = Page(client, uses[0])

    assert "change=yes" not in uses[0]
    searched = Page(client, "/what-if?change=yes")
    for triggered, stays in (("whatif-curve-field.value", True), ("whatif-going-on.value", False)):
        moved = searched.call(
            "whatif-answer.children",
            triggered,
            {
                "whatif-control": [
                    ({"type": "whatif-control", "field": n}, v) for n, v in _contents(searched).items()
                ],
                "whatif-link.value": True,
                "whatif-curve-field.value": "clicks",
                "whatif-start.data": searched.find("whatif-start")["data"],
            },
            {kind: [props["id"] for props in searched.matching(kind)] for kind in PLACES},
        )
        assert ("change=yes" in moved["whatif-state"]["data"]["query"]) is stays
    assert used.find("whatif-probability")["children"] != page.find("whatif-probability")["children"]
    assert "A connection, not a cause" in Page(client, "/what-if?change=yes").text()


def test_a_page_is_saved_and_opened_again_even_without_its_model(client: Client, shop: Shop) -> None:
    page = Page(client, "/what-if?cart_adds=2&s1=name:Empty,cart_adds:0")
    said = page.call(
        "whatif-save-said.children",
        "whatif-save-submit.n_clicks",
        {
            "whatif-save-name.value": " =Full <cart> ",
            "whatif-control": [
                ({"type": "whatif-control", "field": name}, value) for name, value in _contents(page).items()
            ],
            "whatif-link.value": True,
            "whatif-start.data": page.find("whatif-start")["data"],
        },
    )["whatif-save-said"]["children"]
    assert "Saved as “=Full <cart>”" in str(said)
    listed = Page(client, "/what-if/saved")
    href = next(
        p["props"]["href"] for p in listed.components() if p["props"].get("children") == "=Full <cart>"
    )
    opened = Page(client, href)

    assert _contents(opened)["cart_adds"] == 2
    assert [props["value"] for props in opened.matching("whatif-compare-name")] == ["Empty"]
    gone = Page(client, href.replace("bundle=demo-shop", "bundle=gone"))
    assert "The model “gone” can't be used" in gone.text()

    saved = get_store().scenarios()[0]
    closed = listed.call(
        "whatif-saved-list.children",
        "whatif-saved-dialog-ok.n_clicks",
        {
            "whatif-saved-dialog-state.data": {"entry": saved.id, "deletes": True},
            "whatif-saved-dialog-ok.n_clicks": 1,
        },
    )
    assert "Nothing saved yet" in str(closed)
    assert get_store().scenarios() == ()


def test_a_model_of_clusters_alone_compares_clusters(client: Client, shop: Shop) -> None:
    whole = load_bundle("demo-shop", shop.settings)
    models = replace(whole.models, purchase=None, revenue=None)
    manifest = replace(whole.manifest, name="groups", threshold=None, base_rate=None)
    save_bundle(models, manifest, pq.read_table(whole.reference_path), shop.settings)
    page = Page(client, "/what-if?bundle=groups&change=yes&s1=name:Long,clicks:20")
    answer = _update(page, searches=2)

    assert "Behaves like" in page.text()
    assert "What moves the prediction" not in page.text()
    assert [props["value"] for props in page.matching("whatif-compare-name")] == ["Long"]
    here = answer["whatif-state"]["data"]
    redrawn = page.call("whatif-curves.children", "whatif-state.data", {"whatif-state.data": here})
    assert redrawn["whatif-curves"]["children"] == []
    assert "Probability" not in str(redrawn["whatif-scenarios"])


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/what-if?result=gone&session=x", "can't be opened"),
        ("/what-if?result=training&session=gone", "not found in this result"),
        ("/what-if?clicks=many&hour=20", "“many” is not a number"),
        ("/what-if?clicks=2&clicks=oops", "“oops” is not a number"),
    ],
)
def test_a_link_that_asks_for_what_is_not_there_says_so(client: Client, address: str, said: str) -> None:
    page = Page(client, address)

    assert said in page.text()
    assert page.find("whatif-start")["data"] == {}


def test_unknown_arguments_are_ignored(client: Client) -> None:
    page = Page(client, "/what-if?utm_source=mail&source=x&linked=maybe")

    assert "couldn't be used" not in page.text()


def test_every_example_opens_with_its_own_answer(client: Client) -> None:
    page = Page(client, "/what-if")
    links = [
        part["props"]["href"]
        for part in page.components()
        if str(part["props"].get("id")).startswith("whatif-preset-")
    ]
    answers = {href: Page(client, href).find("whatif-probability")["children"] for href in links}

    assert len(answers) == 4, "nobody has just arrived where only finished visits are known"
    assert float(answers[links[-1]].rstrip("%")) > 5 * float(answers[links[0]].rstrip("%"))
