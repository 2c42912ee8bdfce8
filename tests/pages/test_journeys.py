"""The journeys page over HTTP: what an address opens, what a link that can't be used says."""

from __future__ import annotations

from components.journeys.state import Look
from tests.pages.dashing import Client, Page


def test_sessions_without_events_have_a_funnel_and_say_what_is_missing(client: Client) -> None:
    text = Page(client, "/journeys?by=cluster&device=mobile").text()

    assert "The steps of these sessions aren't known." in text
    assert "one row for each page view" in text
    assert "How far visitors get, and where they drop off" in text


def test_a_link_that_asks_for_what_is_not_there_says_so(client: Client) -> None:
    page = Page(client, "/journeys?source=gone&steps=99&view=sideways&likely=2")

    for said in ("“March visits” is shown instead", "“99”", "“sideways”", "“2”"):
        assert said in page.text()
    assert page.find("journeys-query")["data"] == ""


def test_filters_that_leave_nobody_offer_a_way_back(client: Client) -> None:
    assert "No sessions match these filters" in Page(client, "/journeys?cluster=77").text()


def test_what_is_looked_at_is_read_as_it_was_written() -> None:
    look = Look(view="exit", steps=3, level="category", merge=False, by="device", likely=0.4)

    assert Look.from_query(look.to_dict()) == (look, [])
    assert Look().to_dict() == {}
