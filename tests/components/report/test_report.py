"""A report as one file: what it says, that it needs nothing else, that nothing is smuggled into it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from html.parser import HTMLParser
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from markupsafe import Markup
from starlette.testclient import TestClient

from components.report import download
from components.report.groups import clusters
from components.report.page import KEYS, report_html, sections
from components.report.parts import SECTIONS, Chart
from components.report.svg import Lying, columns, lying_bars, shade_of
from core.api import create_application
from core.base.errors import NotFoundError
from core.base.html import macros
from core.ingest.base.assumptions import Assumption
from core.report import Scene, open_scene
from core.results.filters import Filters
from core.results.view import ResultView
from core.storage import get_store
from tests.core.whatif.shop import Shop, shop

__all__ = ["shop"]

NASTY = '<script>alert("x")</script>'
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
#: Attributes through which a file asks for another.
ASKING = frozenset({"src", "href", "action", "data", "poster", "srcset", "formaction", "xlink:href"})


class Document(HTMLParser):
    """What a browser makes of a file: its elements in order, its words, and whether all is closed."""

    VOID = frozenset({"meta", "br"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script"} & set(self.open):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def scene_of(shop: Shop, query: dict[str, str] | None = None, name: str | None = None) -> Scene:
    return open_scene(shop.result.id, Filters.from_query(query or {}), shop.settings, name)


@pytest.fixture(scope="module")
def written(shop: Shop) -> str:
    return "".join(report_html(scene_of(shop, name="Nordlicht & Söhne"), now=NOW))


def test_it_is_one_whole_document_with_every_section(shop: Shop, written: str) -> None:
    document = Document(written)
    assert document.open == []
    named = {attributes.get("id") for attributes in document.all("section")}
    assert named == {KEYS[name] for name in sections(scene_of(shop))}
    targets = {attributes["href"] for attributes in document.all("a")}
    assert targets == {f"#{key}" for key in named}
    for told in ("Nordlicht & Söhne", "March visits", "in EUR", "700", "24 Nov 2026, 12:00 UTC", "demo-shop"):
        assert told in document.text


def test_it_asks_for_nothing_and_runs_only_its_own_script(written: str) -> None:
    document = Document(written)
    for name, attributes in document.elements:
        for key in ASKING & set(attributes):
            assert str(attributes[key]).startswith("#"), (name, key)
        assert not [key for key in attributes if key.startswith("on") or key == "style"], name
    assert not re.search(r"@import|url\((?!\"data:font/woff2;base64,)", written)
    assert "http" not in re.sub(r'http-equiv="[^"]*"', "", written)
    (policy,) = (
        meta["content"]
        for meta in document.all("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        (inner,) = re.findall(f"<{tag}>(.*?)</{tag}>", written, re.DOTALL)
        assert f"{tag}-src 'sha256-{base64.b64encode(sha256(inner.encode()).digest()).decode()}'" in policy
    assert len(written.encode()) < 500_000


def test_every_chart_has_a_name_n_and_its_figures(written: str) -> None:
    document = Document(written)
    figures = document.all("figure")
    drawings = [a for a in document.all("div") if a.get("class") == "drawing"]
    assert len(figures) == len(drawings) == len(document.all("summary")) >= 9
    assert all(drawing["role"] == "img" and drawing["aria-label"] for drawing in drawings)
    boxes = re.findall(r"<figure.*?</figure>", written, re.DOTALL)
    assert all("n = " in box and "<tbody><tr>" in box for box in boxes)


def test_it_says_what_the_page_says(shop: Shop, written: str) -> None:
    text = Document(written).text
    view = ResultView(shop.result.path)
    sums, quality = view.kpis(Filters()), view.quality(Filters())
    assert quality is not None
    assert f"Likely buyers {sums.predicted_buyers:,} " in text
    assert f"Expected revenue €{sums.expected_revenue:,.0f} " in text
    assert f"Actually bought {sums.buyers:,} " in text
    assert f"Ranking (ROC-AUC) {quality.roc_auc.value:.3f}" in text
    for group in view.groups(Filters(), "cluster"):
        assert f"{group.label} {group.sums.n:,} (" in text


def test_nothing_a_user_wrote_becomes_markup(shop: Shop) -> None:
    scene = scene_of(shop, {"country_group": f"EU,{NASTY}", "q": ""}, NASTY)
    odd = replace(scene, result=replace(scene.result, dataset_name=NASTY, notes=(NASTY,), bundle="demo-shop"))
    text = "".join(report_html(odd, now=NOW))
    assert NASTY not in text
    assert len(Document(text).all("script")) == 1
    assert Document(text).text.count(NASTY.replace("  ", " ")) >= 4


def test_filters_are_said_and_hold(shop: Shop) -> None:
    text = Document("".join(report_html(scene_of(shop, {"country_group": "EU"}), now=NOW))).text
    n = sum(row["country_group"] == "EU" for row in shop.rows)
    assert f"{n:,} of 700, filtered" in text
    assert "Country group: EU" in text
    nothing = "".join(report_html(scene_of(shop, {"country_group": "Atlantis"}), now=NOW))
    assert "No sessions match these filters" in nothing
    assert Document(nothing).open == []


def test_it_does_without_outcomes_predictions_and_times(shop: Shop) -> None:
    bare = shop.result.path.with_name("bare.parquet")
    rows = pq.read_table(shop.result.path)
    for name in rows.column_names:
        if name in ("purchased", "revenue", "started_at", "hour", "day_of_week") or "purchase" in name:
            place = rows.column_names.index(name)
            rows = rows.set_column(place, name, pa.nulls(rows.num_rows, rows.schema.field(name).type))
    pq.write_table(rows.drop_columns(["expected_revenue", "predicted_revenue"]), bare)
    scene = replace(scene_of(shop), view=ResultView(bare))
    document = Document("".join(report_html(scene, now=NOW)))
    assert document.open == []
    assert "What kinds of visits there are" in document.text
    assert not re.search(
        r"Actually bought|When they come|Likely buyers \d|Average probability|Predicted and actual",
        document.text,
    )


def test_a_part_that_fails_is_said_and_the_others_follow(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(scene: Scene) -> Iterator[Markup]:
        yield Markup("<p>begun</p>")
        raise NotFoundError("These sessions no longer exist.")

    monkeypatch.setattr("components.report.page.funnel", gone)
    text = Document("".join(report_html(scene_of(shop), now=NOW))).text
    assert "This part could not be made. These sessions no longer exist." in text
    assert "How to read this report" in text


def test_made_up_data_are_called_so(shop: Shop) -> None:
    scene = scene_of(shop)
    made_up = replace(scene, result=replace(scene.result, synthetic=True))
    assert "synthetic demo shop: made-up data" in "".join(report_html(made_up, now=NOW))
    assert "made-up data" not in Document("".join(report_html(scene, now=NOW))).text


def test_refused_rows_are_told_by_reason(shop: Shop) -> None:
    scene = scene_of(shop)
    report = SimpleNamespace(
        rows_read=100,
        rows_kept=90,
        rows_rejected=10,
        rejected={"no time": 3, NASTY: 7},
        kind="events",
        title="Event log",
        notes=("A note.", "Prices are lost."),
        assumptions=(Assumption("error", "Prices are lost."), Assumption("info", "Times are in UTC.")),
    )
    text = Document("".join(report_html(replace(scene, ingest=report), now=NOW))).text  # type: ignore[arg-type]
    assert "10 of 100 rows were refused (10.0%)" in text
    assert f"{NASTY} 7 no time 3" in text
    assert "Wrong: Prices are lost. Assumed: Times are in UTC. A note." in text


def test_it_is_sent_as_a_file_with_the_shops_name(shop: Shop) -> None:
    client = TestClient(create_application(shop.settings, download.router))
    answer = client.get(f"/api/results/{shop.result.id}/report.html?shop=A%2FB&cluster=1")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''A%20B%20report.html"
    assert "Cluster: " in Document(answer.text).text
    assert client.get("/api/results/nothing/report.html").status_code == 404
    unfinished = get_store(shop.settings).create_result(shop.result.dataset_id, bundle="demo-shop")
    refused = client.get(f"/api/results/{unfinished.id}/report.html")
    assert (refused.status_code, refused.json()["message"]) == (404, "This result isn't finished.")
    get_store(shop.settings).update_result(unfinished.id, state="failed")


def test_sections_escape_what_they_are_given() -> None:
    parts = macros("components/base/templates/parts.html")
    assert parts.bullets(["a < b", Markup("<b>&amp;</b>")], '"') == (
        '<ul class="&#34;"><li>a &lt; b</li><li><b>&amp;</b></li></ul>\n'
    )
    assert parts.table(("<",), [("<",)], (), "<").count("&lt;") == 4
    chart = Chart(title="<", drawing=Markup('<path d="M0 0"/>'), columns=("<",), rows=[("<",)], n=1, note="<")
    told = SECTIONS.funnel(chart)
    assert '<path d="M0 0"/>' in told
    assert "<<" not in told
    assert told.count("&lt;") == 8


def test_bars_are_as_long_as_their_values() -> None:
    drawn = lying_bars(
        [Lying(label="a", value=2.0, text="2"), Lying(label="b", value=1.0, text="1", low=0.5, high=4)]
    )
    assert re.findall(r'rect x="0" y="3" width="([\d.]+)%" height="12" rx="2" class="accent"', drawn) == [
        "50",
        "25",
    ]
    assert 'x1="12.5%" x2="100%"' in drawn
    upright = columns([0, 10, None, 20], ["a", "b", "c", "d"])
    heights = [float(height) for height in re.findall(r'<rect [^>]*height="([\d.]+)"', upright)]
    assert heights == [95.0, 190.0]
    assert [shade_of(value, 1.5) for value in (None, 0.0, 0.31, -9.0)] == ["d0", "d0", "more1", "less5"]


def test_a_single_cluster_has_nothing_to_be_compared_with(shop: Shop) -> None:
    told = "".join(clusters(scene_of(shop, {"cluster": "0"})))
    assert "Map of sessions" in told
    assert "What sets each kind of visit apart" not in told
