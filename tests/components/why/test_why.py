"""Figures and words of the reasons page, on sessions whose reasons are known."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from components.shared.reasons import value_words
from components.why import dots as why_dots
from components.why import figures as figures
from components.why.figures import Scene
from components.why.page import chips, page_arguments
from components.why.sentences import findings, sample_words
from core.explain import Explained, Importance, Sample
from core.results.filters import Filters
from tests.components.reading import text, walk

N = 400


@pytest.fixture(scope="module")
def explained() -> Explained:
    """More in the cart adds 2 points each, a category moves by its letter, an unknown price takes a point."""
    rng = np.random.default_rng(3)
    carts = rng.integers(0, 4, N)
    category = rng.choice(["<b>hats</b>", "shoes"], N)
    price = [None if row % 5 == 0 else float(row) for row in range(N)]
    returning = [bool(row % 2) for row in range(N)]
    points = np.column_stack(
        [
            0.02 * carts,
            np.where(category == "shoes", 0.01, -0.01),
            [-0.01 if value is None else 0.0 for value in price],
            np.where(returning, 0.001, -0.001),
        ]
    )
    return Explained(
        target="purchase",
        features=("cart_adds", "dominant_category", "price_max", "is_returning"),
        base=0.05,
        effects=points,
        points=points,
        prediction=0.05 + points.sum(axis=1),
        table=pa.table(
            {
                "cart_adds": carts,
                "dominant_category": category,
                "price_max": price,
                "is_returning": returning,
            }
        ),
    )


@pytest.fixture(scope="module")
def scene(explained: Explained) -> Scene:
    labels = dict(zip(explained.features, explained.labels, strict=True))
    return Scene(explained=explained, currency="EUR", labels=labels)


def bar(feature: str, label: str, mean: float, direction: str | None) -> Importance:
    return Importance(
        feature=feature,
        label=label,
        mean_points=mean,
        low=0.9 * mean,
        high=1.2 * mean,
        direction=direction,  # type: ignore[arg-type]
    )


BARS = (
    bar("cart_adds", "Added to cart", 0.03, "up"),
    bar("n_events", "Events", 0.01, "down"),
    bar("dominant_category", "Main category", 0.008, None),
    bar("margin", "Margin <i>", 0.001, "up"),
)


def test_bars_are_in_points_with_their_intervals_and_direction() -> None:
    figure = figures.importance_figure(bars=BARS, target="purchase", currency=None, selected="n_events")
    up, down, mixed, words = figure.data
    assert [trace.name for trace in (up, down, mixed)] == [
        "Higher values raise it",
        "Higher values lower it",
        "It depends on the value",
    ]
    assert list(up.x) == pytest.approx([3, 0.1])
    assert list(up.y) == [0, 3]
    assert list(up.error_x.array) == pytest.approx([0.6, 0.02])
    assert list(up.marker.opacity) == [figures.FADED] * 2
    assert list(down.marker.opacity) == [1.0]
    assert down.customdata[0][0] == "n_events"
    assert "Margin &lt;i&gt;" in figure.layout.yaxis.ticktext
    assert words.text[0] == " 3.0"
    assert {trace.width for trace in (up, down, mixed)} == {0.7}


def test_each_row_of_the_swarm_has_the_same_few_sessions(scene: Scene) -> None:
    figure = why_dots.swarm_figure(scene=scene, features=["cart_adds", "dominant_category"])
    dots = [trace for trace in figure.data if trace.customdata is not None]
    assert sum(len(trace.x) for trace in dots) == 2 * why_dots.ROW_DOTS
    carts, categories = dots
    assert carts.marker.cmax == 1
    assert np.abs(np.asarray(carts.y)).max() <= why_dots.SPREAD + 1e-9
    assert max(carts.x) == pytest.approx(6)
    assert categories.marker.color == figures.MUTED, "a category has no low and high"
    assert "+6 points<br>this session: 3" in {about[1] for about in carts.customdata}
    assert [trace.name for trace in figure.data if trace.name][:2] == ["Low value", "High value"]


def test_a_number_is_drawn_along_its_values_with_a_line_of_averages(scene: Scene) -> None:
    figure = why_dots.dependence_figure(scene=scene, feature="cart_adds", colour="dominant_category")
    line = figure.data[-1]
    assert list(line.x) == [0, 1, 2, 3]
    assert list(line.y) == pytest.approx([0, 2, 4, 6])
    names = {trace.name for trace in figure.data}
    assert "Main category: &lt;b&gt;hats&lt;/b&gt;" in names
    assert figure.layout.xaxis.title.text == "Added to cart"
    priced = why_dots.dependence_figure(scene=scene, feature="price_max", colour=None)
    assert priced.layout.xaxis.title.text == "Highest price seen, EUR"
    assert len(priced.data[0].x) < 0.8 * N, "unknown values have no place along the axis"


def test_a_category_has_a_row_for_each_value(scene: Scene) -> None:
    figure = why_dots.dependence_figure(scene=scene, feature="dominant_category", colour="price_max")
    assert list(figure.layout.yaxis.ticktext) == ["shoes", "&lt;b&gt;hats&lt;/b&gt;"]
    assert list(figure.data[-1].x) == pytest.approx([1, -1])
    assert {"Low: Highest price seen", "Not known: Highest price seen"} <= {t.name for t in figure.data}
    flags = why_dots.dependence_figure(scene=scene, feature="is_returning", colour=None)
    assert list(flags.layout.yaxis.ticktext) == ["no", "yes"]


def test_long_times_are_drawn_in_minutes() -> None:
    values = np.linspace(0, 1200, 60)
    told = Explained(
        target="revenue", features=("duration_seconds",), base=1.0, effects=values[:, None],
        points=values[:, None], prediction=1 + values, table=pa.table({"duration_seconds": values}),
    )  # fmt: skip
    scene = Scene(explained=told, currency="USD", labels={"duration_seconds": "Time spent"})
    figure = why_dots.dependence_figure(scene=scene, feature="duration_seconds", colour=None)
    assert figure.layout.xaxis.title.text == "Time spent, minutes"
    assert max(figure.data[0].x) <= 20
    assert figure.layout.yaxis.title.text == "adds to revenue if it buys, $"


def sample(explained: Explained, total: int = N) -> Sample:
    return Sample(explained=explained, n=N, total=total, bundle="b", currency="EUR")


def test_the_findings_are_plain_sentences(explained: Explained) -> None:
    said = text(findings(sample=sample(explained), bars=BARS, target="purchase", currency=None))
    assert "What matters most for buying is  “added to cart” : higher values raise" in said
    assert ", by 3 points on average." in said
    assert "These 3 account for 98% of the total effect of all 4 features." in said
    still = [bar("n_events", "Events", 0.0, None)]
    assert "all the same" in text(
        findings(sample=sample(explained), bars=still, target="revenue", currency="EUR")
    )


@pytest.mark.parametrize(
    ("total", "said"),
    [
        (N, "all 400 sessions"),
        (20_000, "a sample of 400 of 20,000 sessions"),
        (2_512_000, "a sample of 400 of 2.5 million sessions"),
    ],
)
def test_it_says_of_how_many_sessions(explained: Explained, total: int, said: str) -> None:
    assert sample_words(sample(explained, total)) == said


def test_an_address_has_only_what_is_not_shown_anyway() -> None:
    assert page_arguments("purchase", "clicks", "strongest", "clicks") == ""
    assert (
        page_arguments("revenue", "hour", "price_max", "clicks")
        == "target=revenue&feature=hour&colour=price_max"
    )


def test_a_chip_leads_to_the_page_without_its_filter() -> None:
    result = SimpleNamespace(id="r1", currency="EUR")
    filters = Filters.from_query({"country": "DE", "buyer": "yes", "sort": "-revenue"})
    found = chips(result=result, clusters={}, filters=filters, more="target=revenue")  # type: ignore[arg-type]
    links = {part.href for part in walk(found) if getattr(part, "href", None)}
    assert links == {
        "/results/r1/why?target=revenue&buyer=yes",
        "/results/r1/why?target=revenue&country=DE",
        "/results/r1/why?target=revenue",
    }
    everything = chips(result=result, clusters={}, filters=Filters(), more="")  # type: ignore[arg-type]
    assert "All sessions of the result" in text(everything)


def test_values_of_any_type_are_written() -> None:
    assert value_words("x", np.float64(2.5)) == "2.5"
    assert value_words("x", "") == "not known"
