"""The pages that show why, over HTTP: reasons of a result, and one session of it."""

from __future__ import annotations

from typing import Any

from core.storage import get_store
from tests.core.whatif.shop import Shop
from tests.pages.dashing import Client, Page, walk


def show(page: Page, target: str = "purchase", **more: Any) -> list[dict[str, Any]]:
    """Ask for what the page shows; return the components."""
    values = {"why-target.value": target, "why-origin.data": page.find("why-origin")["data"]}
    values |= {name.replace("__", "."): value for name, value in more.items()}
    answer = page.call("why-body.children", "why-target.value", values)
    return list(walk(answer["why-body"]["children"]))


def props(parts: list[dict[str, Any]], identity: str) -> dict[str, Any]:
    return next(part["props"] for part in parts if part["props"].get("id") == identity)


def words(parts: list[dict[str, Any]]) -> str:
    children = [part["props"].get("children") for part in parts]
    flat = [child for told in children for child in (told if isinstance(told, list) else [told])]
    return "\n".join(child for child in flat if isinstance(child, str))


def test_the_page_is_there_at_once_and_its_charts_follow(client: Client, shop: Shop) -> None:
    page = Page(client, f"/results/{shop.result.id}/why?utm=1")
    assert "Finding what drives the predictions" in page.text()
    parts = show(page)
    figure = props(parts, "why-importance")["figure"]
    assert sum(len(trace["y"]) for trace in figure["data"] if trace["type"] == "bar") >= 10
    assert props(parts, "why-feature")["value"] == props(parts, "why-first")["data"]
    assert "From all 700 sessions" in words(parts)
    assert "sessions it raises most" in words(parts)


def test_an_address_restores_feature_colour_and_filters(client: Client, shop: Shop) -> None:
    buyers = sum(row["predicted_purchase"] for row in shop.rows)
    address = f"/results/{shop.result.id}/why?feature=hour&colour=clicks&buyer=yes"
    page = Page(client, address)
    assert "Likely buyer: yes" in page.text()
    parts = show(page)
    assert props(parts, "why-feature")["value"] == "hour"
    assert props(parts, "why-colour")["value"] == "clicks"
    assert f"From all {buyers} sessions" in words(parts)
    kept = page.call(
        "why-state.data",
        "why-feature.value",
        {
            "why-target.value": "purchase",
            "why-feature.value": "n_events",
            "why-colour.value": "none",
            "why-first.data": "cart_adds",
            "why-origin.data": page.find("why-origin")["data"],
        },
    )
    assert kept["why-state"]["data"] == {
        "pathname": f"/results/{shop.result.id}/why",
        "query": "feature=n_events&colour=none&buyer=yes",
    }


def test_a_click_chooses_a_feature_and_its_bar_stands_out(client: Client, shop: Shop) -> None:
    page = Page(client, f"/results/{shop.result.id}/why")
    click = {"points": [{"customdata": ["clicks", "Clicks"]}]}
    chosen = page.call("why-feature.value", "why-importance.clickData", {"why-importance.clickData": click})
    assert chosen["why-feature"]["value"] == "clicks"
    shown = page.call(
        "why-dependence.children",
        "why-feature.value",
        {
            "why-feature.value": "clicks",
            "why-colour.value": "none",
            "why-target.value": "purchase",
            "why-origin.data": page.find("why-origin")["data"],
        },
    )
    assert "How “clicks” moves predictions, by its value" in words(
        list(walk(shown["why-dependence"]["children"]))
    )
    opacities = [step["params"]["value"] for step in shown["why-importance"]["figure"]["operations"]]
    assert sum(value == 1.0 for own in opacities for value in own) == 1


def test_what_cannot_be_had_is_said(client: Client, shop: Shop) -> None:
    page = Page(client, f"/results/{shop.result.id}/why?target=weather&feature=mood")
    assert "There are no reasons for “weather”" in page.text()
    assert "This model doesn't use “mood”." in words(show(page))
    # This shop's model of revenue is one number: it has no reasons.
    assert [part for part in show(page, "revenue") if "alert-danger" in str(part["props"].get("className"))]
    empty = Page(client, f"/results/{shop.result.id}/why?q=nobody-has-this-id")
    assert "No sessions match these filters" in words(show(empty))
    assert "Result not found" in Page(client, "/results/nothing-like-it/why").text()


def test_a_session_is_shown_with_its_reasons(client: Client, shop: Shop) -> None:
    row = shop.telling
    page = Page(client, f"/results/{shop.result.id}/session?session={row['session_id']}&utm=1")
    said = page.text()
    assert f"Session {row['session_id']}" in said
    assert "Why this probability" in said
    assert "In the end" in said
    assert "without single events" in said
    items = [p for p in page.components() if "reasons-item" in str(p["props"].get("className"))]
    assert len(items) == 3
    figure = page.find("session-purchase")["figure"]
    bars = next(trace for trace in figure["data"] if trace["type"] == "bar")
    assert bars["customdata"][-1][1] == "This session"
    links = {part["props"].get("href") for part in page.components()}
    assert f"/what-if?result={shop.result.id}&session={row['session_id']}" in links
    assert f"/results/{shop.result.id}" in links


def test_a_session_that_is_not_there_is_said(client: Client, shop: Shop) -> None:
    assert (
        "Session “nobody” not found here"
        in Page(client, f"/results/{shop.result.id}/session?session=nobody").text()
    )
    assert "Which session?" in Page(client, f"/results/{shop.result.id}/session").text()
    assert "Result not found" in Page(client, "/results/nothing-like-it/session?session=x").text()


def test_training_sessions_have_a_page_too(client: Client, shop: Shop) -> None:
    import pyarrow.parquet as pq

    session = pq.read_table(shop.predictor.reference_path, columns=["session_id"])["session_id"][0].as_py()
    page = Page(client, f"/results/training/session?session={session}")
    assert "without single events" in page.text()
    assert "Why this probability" in page.text()


def test_without_its_model_a_result_keeps_its_predictions(client: Client, shop: Shop) -> None:
    store = get_store()
    gone = store.create_result(shop.result.dataset_id, bundle="gone")
    gone.path.parent.mkdir(parents=True, exist_ok=True)
    gone.path.write_bytes(shop.result.path.read_bytes())
    store.update_result(gone.id, state="done", n_sessions=700, currency="EUR")
    try:
        said = Page(client, f"/results/{gone.id}/session?session={shop.rows[0]['session_id']}").text()
        assert "“gone” that scored these sessions was deleted or retrained" in said
        assert "Purchase probability" in said
        assert "Why this probability" not in said
        parts = show(Page(client, f"/results/{gone.id}/why"))
        assert "was deleted or retrained" in words(parts)
    finally:
        store.update_result(gone.id, state="failed", error={"code": "error", "message": "Taken away."})
