"""Every figure's name leads to what it means, and the page of help has an entry for each link."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from dash import dcc
from dash.development.base_component import Component

from components.base.glossary import GLOSSARY, PATH, entry_of, explained, term
from components.base.layout import kpi
from components.help.page import help_page
from components.help.tour import STEPS, tour
from tests.components.reading import of_class, of_type, text

ROOT = Path(__file__).parents[3]
ENTRIES = [entry for entries in GLOSSARY.values() for entry in entries]


def test_each_entry_has_one_anchor_and_one_meaning() -> None:
    anchors = [entry.anchor for entry in ENTRIES]
    names = [name for entry in ENTRIES for name in (entry.name, *entry.aliases)]
    assert len(set(anchors)) == len(anchors)
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9-]+", anchor) for anchor in anchors)
    assert all(entry.text.endswith(".") for entry in ENTRIES)


def test_the_page_has_the_entry_of_every_link() -> None:
    shown = help_page()
    assert {part.id for part in of_class(shown, "glossary-entry")} == {entry.anchor for entry in ENTRIES}
    for entry in ENTRIES:
        assert entry.text in text(shown)
        linked = term(entry.name)
        assert isinstance(linked, dcc.Link)
        assert linked.href == f"{PATH}#{entry.anchor}"


def test_what_a_marketer_asks_first_is_there() -> None:
    for name in (
        "Likely buyers", "Likely-buyer cut-off", "Expected buyers", "Expected revenue", "Hold-out",
        "Accuracy", "ROC-AUC", "PR-AUC", "Calibration error", "Cluster", "Data drift", "Interval", "Lift",
        "Out-of-sample", "Conversion", "Random seed", "Recipe",
    ):  # fmt: skip
        assert entry_of(name), name
        assert explained(name)


def said(shown: Component) -> str:
    """Return what a mark says once it is open."""
    (part,) = of_class(shown, "help-text")
    return text(part.children)


def test_a_figure_is_explained_by_the_glossary_or_by_its_page() -> None:
    shown = kpi("ROC-AUC", "0.912")
    assert explained("ROC-AUC") in said(shown)
    assert [link.href for link in of_type(shown, dcc.Link)] == ["/help#roc-auc"]
    own = kpi("ROC-AUC", "0.912", help="On the holidays.")
    assert "On the holidays." in said(own)
    assert explained("ROC-AUC") not in said(own)
    assert not of_class(kpi("Whatever", "1"), "help")


def test_every_figure_named_as_the_glossary_names_it_is_linked() -> None:
    """Labels are looked up as they are written, so another spelling would lose its entry."""
    labels = {
        node.args[0].value
        for path in (ROOT / "components").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "kpi"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    known = {name.lower(): name for entry in ENTRIES for name in (entry.name, *entry.aliases)}
    assert {label for label in labels if entry_of(label)} >= {
        "Expected buyers", "Likely buyers", "Expected revenue", "ROC-AUC", "PR-AUC",
        "Likely buyers who bought", "Buyers it catches",
        "Buyers in the top 10%", "Uplift", "Expected profit", "Conversion",
    }  # fmt: skip
    assert not [label for label in labels if label.lower() in known and known[label.lower()] != label]


def test_the_tour_has_four_steps_and_leads_to_pages() -> None:
    shown = tour()
    assert shown.hidden
    assert len(STEPS) == 4
    steps = of_class(shown, "tour-step")
    assert [getattr(step, "hidden", False) for step in steps] == [False, True, True, True]
    assert [link.href for link in of_type(shown, dcc.Link)] == [href for _title, _text, href, *_ in STEPS]
