"""The parts of a page say what they are told, to people and to screen readers."""

from __future__ import annotations

import re
from pathlib import Path

import dash_bootstrap_components as dbc
import pytest
from dash import dcc, html

from components.base.icons import ICONS, icon
from components.base.layout import (
    badge,
    banner,
    button,
    card,
    empty_state,
    error_panel,
    kpi,
    kpi_row,
    page,
    section,
    simple_table,
    synthetic_badge,
)
from core.base.errors import IngestError
from tests.components.reading import of_class, of_type, text

ASSETS = Path(__file__).resolve().parents[3] / "assets"


def test_a_page_has_one_heading_and_leaves_out_what_is_not_there() -> None:
    built = page(None, html.P("x"), section(title="Part", subtitle="of it"), title="Results", subtitle="All")
    assert [text(head) for head in of_type(built, html.H1)] == ["Results"]
    assert [text(head) for head in of_type(built, html.H2)] == ["Part"]
    assert None not in built.children
    assert not of_class(built, "head-actions")


def test_a_card_without_words_has_no_head() -> None:
    assert not of_type(card("x"), dbc.CardHeader)
    assert text(of_type(card("x", title="T", actions=button("Go")), dbc.CardHeader)) == "T Go"


def test_figures_are_a_list_of_terms() -> None:
    row = kpi_row(kpi("Sessions", "12", "all"), None, kpi("Buyers", "3", tone="positive", help="Who bought."))
    assert isinstance(row, html.Dl)
    assert [text(term).strip().split()[0] for term in of_type(row, html.Dt)] == ["Sessions", "Buyers"]
    marks = of_class(row, "help-button")
    assert [getattr(mark, "aria-label") for mark in marks] == ["What is “Sessions”?", "What is “Buyers”?"]
    assert [text(words) for words in of_class(row, "help-words")][1] == "Who bought."
    assert [link.href for link in of_type(row, dcc.Link)] == ["/help#session"]
    assert len(of_class(row, "text-success-emphasis")) == 1


@pytest.mark.parametrize(
    ("tone", "role"), [("info", "status"), ("success", "status"), ("warning", "alert"), ("danger", "alert")]
)
def test_banners_interrupt_only_for_trouble(tone: str, role: str) -> None:
    assert banner(tone, "Title", "Text").role == role  # type: ignore[arg-type]


def test_an_error_says_what_where_and_what_to_do() -> None:
    error = IngestError("Row 12 has no time.", where="export.csv", remedy="Add a time column.")
    assert text(error_panel(error.to_dict())) == "Row 12 has no time. export.csv Add a time column."
    assert "Something went wrong." in text(error_panel({}))


def test_buttons_are_buttons_and_links_are_links() -> None:
    assert isinstance(button("Save", id="save"), html.Button)
    assert isinstance(button("Results", href="/results"), dcc.Link)
    out = button("Download", href="/api/x.csv", external=True, icon="download", kind="primary")
    assert isinstance(out, html.A)
    assert out.className == "btn btn-primary"
    assert text(out) == "Download"


def test_tables_align_figures_and_name_their_columns() -> None:
    table = simple_table(["Name", "Sessions"], [["a", "12"], ["b", "–"]], numeric=(1,), caption="Exports")
    assert [head.scope for head in of_type(table, html.Th)] == ["col", "col"]
    assert [cell.className for cell in of_type(table, html.Td)] == [None, "num", None, "num"]
    assert table.role == "region"
    assert table.tabIndex == 0


def test_a_stacked_table_names_every_cell_and_marks_the_unknown() -> None:
    table = simple_table(["Name", "Sessions"], [["a", "–"]], numeric=(1,), stack=True)
    name, sessions = of_type(table, html.Td)
    assert getattr(name, "data-label") == "Name"
    assert sessions.className == "num blank"


def test_a_row_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        simple_table(["Name", "Sessions"], [["a"]])


def test_synthetic_is_called_synthetic() -> None:
    assert text(synthetic_badge()) == "synthetic demo shop"
    assert "bg-danger-subtle" in badge("x", "danger").className
    assert "Nothing yet" in text(empty_state("Nothing yet", "Upload."))


def test_every_icon_is_drawn() -> None:
    css = (ASSETS / "00-vendor" / "icons.css").read_text()
    assert set(re.findall(r"^\.icon-([a-z-]+) ", css, re.MULTILINE)) == set(ICONS)
    assert getattr(icon("x"), "aria-hidden") == "true"
    with pytest.raises(ValueError, match="There is no icon 'nope'"):
        icon("nope")


def test_no_style_sheet_asks_another_host() -> None:
    for sheet in ASSETS.rglob("*.css"):
        for address in re.findall(r"url\(\s*[\"']?(?!data:)([^)\"']*)|@import\s+([^;]*)", sheet.read_text()):
            assert "//" not in "".join(address), sheet.name


def test_a_card_beside_sections_is_a_heading_of_their_level_and_one_inside_comes_below() -> None:
    built = page(
        card(title="Alone"),
        html.Div([card(title="Deep")]),
        section(card(title="Inside"), title="Part"),
        title="All",
    )
    assert [text(head) for head in of_type(built, html.H2)] == ["Alone", "Deep", "Part"]
    assert [text(head) for head in of_type(built, html.H3)] == ["Inside"]
    assert len(of_class(built, "card-title")) == 3


def test_a_corner_without_a_name_heads_nothing() -> None:
    built = simple_table(["", "Sessions"], [["Germany", 3]])
    assert [text(head) for head in of_type(built, html.Th)] == ["Sessions"]
