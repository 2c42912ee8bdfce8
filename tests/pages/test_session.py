"""One session's page over HTTP: its prediction and outcome, and what an address that leads nowhere says."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.core.whatif.shop import Shop
from tests.pages.dashing import Client, Page


def links(page: Page) -> set[str]:
    """Return where the page leads."""
    return {str(part["props"]["href"]) for part in page.components() if part["props"].get("href")}


def test_a_session_shows_its_prediction_its_reasons_and_the_way_on(client: Client, shop: Shop) -> None:
    row, result = shop.telling, shop.result
    page = Page(client, f"/results/{result.id}/session?session={row['session_id']}&utm=1")
    said = page.text()

    assert f"Session {row['session_id']}" in said
    # Told to the digit a table shows; the whole number is its title.
    assert f"{100 * row['purchase_probability']:.0f}" in said
    figure = page.find("session-purchase")["figure"]
    assert len(figure["data"][0]["y"]) > 3
    name = quote(str(row["session_id"]), safe="")
    assert f"/what-if?result={result.id}&session={name}" in links(page)
    assert f"/results/{result.id}" in links(page)
    # These sessions came without events, so there is nothing to go through step by step.
    assert not any(link.startswith("/what-if/journey") for link in links(page))


def test_each_session_has_its_own_page(client: Client, shop: Shop) -> None:
    one, other = shop.rows[0], shop.rows[1]
    pages = [
        Page(client, f"/results/{shop.result.id}/session?session={r['session_id']}") for r in (one, other)
    ]

    for page, row in zip(pages, (one, other), strict=True):
        assert f"Session {row['session_id']}" in page.text()
        assert str(row["cluster_name"]) in page.text()
    assert pages[0].text() != pages[1].text()


def test_latest_is_the_newest_result(client: Client, shop: Shop) -> None:
    name = shop.rows[0]["session_id"]
    assert f"Session {name}" in Page(client, f"/results/latest/session?session={name}").text()


@pytest.mark.parametrize(
    ("address", "title", "way"),
    [
        ("/results/gone/session?session=x", "Result not found", "/results"),
        ("/results/{result}/session", "Which session?", "/results/{result}"),
        (
            "/results/{result}/session?session=nobody",
            "Session “nobody” not found here",
            "/results/{result}",
        ),
        ("/results/{result}/session?session=" + "x" * 200, f"“{'x' * 80}”", "/results/{result}"),
    ],
)
def test_an_address_that_leads_nowhere_says_what_is_missing(
    client: Client, shop: Shop, address: str, title: str, way: str
) -> None:
    page = Page(client, address.format(result=shop.result.id))

    assert title in page.text()
    assert way.format(result=shop.result.id) in links(page)


def test_what_the_address_says_becomes_no_markup(client: Client, shop: Shop) -> None:
    page = Page(client, f"/results/{shop.result.id}/session?session={quote('<b>x</b>')}")
    assert "Session “<b>x</b>” not found here" in page.text()
    assert not any(part["type"] == "B" for part in page.components())
