"""The model card: every section from every kind of model, and the file that is taken along."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from components.models.card import blocks
from components.models.card_parts import Chart, Missing, Table
from components.models.html import card_html
from components.models.labels import kpis, measured_on
from components.models.list import models_page
from components.models.page import model_page
from components.models.threshold import query, says
from components.models.threshold_parts import threshold_block
from core.base.settings import Settings
from core.bundle.model_card import Card, read_card, read_shelf
from core.bundle.threshold import ThresholdRule, best_place, profits
from tests.components.reading import text, walk
from tests.core.bundle.cards import NASTY, shelf_of_all

MONEY = ThresholdRule(kind="money", value_of_buyer=90, cost_of_contact=2)
KINDS = ("full", "old", "clusters")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return shelf_of_all(tmp_path_factory.mktemp("shelf"))


@pytest.fixture(scope="module")
def full(settings: Settings) -> Card:
    return read_card("full", settings)


def parts(card: Card) -> dict[str, object]:
    return {part.title: part for block in blocks(card) for part in block.parts}


def test_every_chart_says_on_how_many_sessions_and_has_a_table(full: Card) -> None:
    charts = [part for part in parts(full).values() if isinstance(part, Chart)]
    assert len(charts) >= 9
    for chart in charts:
        assert chart.columns
        assert chart.rows
        assert all(len(row) == len(chart.columns) for row in chart.rows)
        assert chart.n or chart.key == "model-why"
        assert chart.figure.layout.template.layout.font.family is None, "the theme is laid over it later"


def test_every_main_figure_has_an_interval_and_n(full: Card) -> None:
    told = kpis(full)
    assert len(told) == 5
    for kpi in told:
        assert re.search(r" to .*n\s=\s[\d,]+$", kpi.note), kpi.note
    assert "sessions the model had not seen" in measured_on(full)


def test_what_an_old_model_does_not_tell_is_said_to_be_missing(settings: Settings) -> None:
    card = read_card("old", settings)
    found = parts(card)
    missing = {title for title, part in found.items() if isinstance(part, Missing)}
    assert {"Lift by tenth", "How probabilities are spread", "Not measured"} <= missing
    assert isinstance(threshold_block(card).parts[0], Missing)
    assert isinstance(found["Gains"], Chart), "what it does tell is shown"


def test_a_model_of_clusters_alone_shows_no_empty_charts(settings: Settings) -> None:
    card = read_card("clusters", settings)
    assert [block.key for block in blocks(card)] == ["data", "clusters", "features"]
    page = text(model_page(shown=card, place=None, rule=None))
    assert "This model has clusters only" in page
    assert "threshold" not in page.casefold()
    for chart in (part for part in parts(card).values() if isinstance(part, Chart)):
        assert chart.figure.data


def test_own_and_absent_features_have_tables_of_their_own(full: Card) -> None:
    found = parts(full)
    assert isinstance(found["1 column of your own"], Table)
    absent = next(part for title, part in found.items() if title.startswith("2 features it has no data"))
    assert isinstance(absent, Table)


def test_money_is_said_with_its_contacts_and_what_everybody_would_bring(full: Card) -> None:
    place = best_place(full.counts, MONEY)
    said = text(says(shown=full, place=place, rule=MONEY))
    profit = profits(full.counts, MONEY)[place]
    assert f"€{profit:,.0f}" in said
    count = full.counts[place]
    everybody = count.buyers * 90 - count.n * 2
    assert f"{abs(everybody):,.0f}" in said
    assert "from a probability of 2.2%" in said


def test_the_threshold_is_a_part_of_the_address() -> None:
    assert query(threshold=0.2, rule=None) == "threshold=0.2"
    assert query(threshold=0.0123456789, rule=MONEY) == "threshold=0.0123457&value=90&cost=2"


def test_the_page_offers_what_can_be_done(full: Card, settings: Settings) -> None:
    page = model_page(shown=full, place=full.place, rule=None)
    links = {part.href for part in walk(page) if getattr(part, "href", None)}
    assert "/api/models/full/card.html" in links
    assert "Too good to be true" in text(page)

    listed = models_page(shelf=read_shelf(settings))
    said = text(listed)
    assert all(name in said for name in KINDS)
    assert "clusters only" in said
    assert "1 warning" in said
    ids = [part.id for part in walk(listed) if isinstance(getattr(part, "id", None), dict)]
    assert {"type": "models-use", "model": "full"} in ids
    assert {"type": "models-delete", "model": "old"} not in ids, "the one in use can't be deleted"
    assert "/train" in {part.href for part in walk(listed) if getattr(part, "href", None)}


class _Reader(HTMLParser):
    """Notes what a document would ask for, run and draw."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.scripts = 0
        self.ids: list[str] = []
        self.policies: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        self.asked += [value for name, value in attrs if name in ("src", "href", "action") and value]
        self.scripts += tag == "script"
        if told.get("http-equiv") == "Content-Security-Policy":
            self.policies.append(told["content"])
        if told.get("class") == "chart":
            self.ids.append(told["id"])


@pytest.mark.parametrize("name", KINDS)
def test_the_file_asks_for_nothing_and_nothing_in_it_runs_but_its_own(name: str, settings: Settings) -> None:
    written = card_html(read_card(name, settings))
    assert len(written.encode()) < 6_000_000
    assert NASTY not in written

    reader = _Reader()
    reader.feed(written)

    assert reader.asked == []
    assert reader.scripts == 3
    assert "default-src 'none'" in reader.policies[0]
    data = re.search(r'<script type="application/json" id="charts">(.*?)</script>', written, re.DOTALL)
    figures = json.loads(data.group(1))["figures"]
    assert sorted(figures) == sorted(reader.ids)
    assert all(figure["data"] for figure in figures.values())


def test_the_file_of_a_full_model_tells_its_threshold_and_its_alarm(full: Card) -> None:
    written = card_html(full)
    assert "In force: 20.0%" in written
    assert "Too good to be true" in written
    assert "&lt;script&gt;alert" in written
