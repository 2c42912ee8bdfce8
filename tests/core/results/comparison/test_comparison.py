"""Two results beside each other: figures, intervals, and why an average has changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats import proportion, weightstats

from core.results.comparison.comparison import Comparison, compare
from core.results.comparison.counts import Cell, Tally
from core.results.comparison.mix_and_rate import decompose
from core.results.comparison.sides import Side, own_filters, sides_of
from core.results.filters import Filters
from core.results.sources import Source
from tests.core.results.scored import scored_frame, write_scored


def frame(n: int, seed: int, email: float, **rates: float) -> pd.DataFrame:
    """Return sessions of two channels with a conversion each."""
    random = np.random.default_rng(seed)
    made = scored_frame(n, seed=seed)
    made["channel"] = np.where(random.random(n) < email, "email", "ads")
    rate = made["channel"].map({"email": 0.2, "ads": 0.05} | rates).to_numpy()
    made["purchased"] = random.random(n) < rate
    made["revenue"] = np.where(made["purchased"], random.lognormal(4, 0.4, n), 0.0)
    return made


def side(path: Path, name: str, made: pd.DataFrame, query: str = "", **more: object) -> Side:
    file = path / f"{name}.parquet"
    write_scored(made, file)
    told = {"currency": "EUR", "bundle": "shop", "synthetic": False} | more
    source = Source(id=name, name=name, description="", path=file, **told)  # type: ignore[arg-type]
    return Side(source=source, filters=Filters.from_query(dict([query.split("=")]) if query else {}))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("compared")


@pytest.fixture(scope="module")
def before(folder: Path) -> Side:
    return side(folder, "march", frame(3000, 1, 0.3))


@pytest.fixture(scope="module")
def after(folder: Path) -> Side:
    return side(folder, "april", frame(4000, 2, 0.6, ads=0.1))


@pytest.fixture(scope="module")
def compared(before: Side, after: Side) -> Comparison:
    return compare(before, after)


def rows(one: Side) -> pd.DataFrame:
    return pd.read_parquet(one.source.path)


def test_figures_and_intervals_are_those_of_the_rows(compared: Comparison, before: Side, after: Side) -> None:
    found = {kpi.name: kpi for kpi in compared.kpis}
    a, b = rows(before), rows(after)
    assert (found["sessions"].a, found["sessions"].b) == (3000, 4000)
    assert found["sessions"].difference is None
    assert found["per_day"].b == pytest.approx(4000)
    share = found["conversion"]
    assert (share.a, share.b) == (a["purchased"].mean(), b["purchased"].mean())
    assert share.difference is not None
    told = proportion.confint_proportions_2indep(
        b["purchased"].sum(), len(b), a["purchased"].sum(), len(a), method="newcomb", compare="diff"
    )
    assert (share.difference.low, share.difference.high) == pytest.approx(told, abs=2e-4)
    assert share.sure
    money = found["revenue"]
    means = weightstats.CompareMeans(
        weightstats.DescrStatsW(b["revenue"]), weightstats.DescrStatsW(a["revenue"])
    )
    assert money.difference is not None
    assert (money.difference.low, money.difference.high) == pytest.approx(
        means.tconfint_diff(usevar="unequal")
    )
    assert found["per_buyer"].b == pytest.approx(b.loc[b["purchased"], "revenue"].mean())
    assert found["expected_buyers"].a == pytest.approx(a["purchase_probability"].sum())


@pytest.mark.parametrize("target", ["conversion", "revenue"])
def test_mix_and_rate_add_up_to_the_change(compared: Comparison, target: str) -> None:
    why = compared.why[target]  # type: ignore[index]
    assert why.observed
    for grouping in why.groupings:
        assert grouping.mix + grouping.rate == pytest.approx(why.b - why.a, abs=1e-12)
    assert {grouping.by for grouping in why.groupings} >= {"channel", "country_group", "cluster"}


def test_mix_and_rate_are_told_apart(compared: Comparison) -> None:
    channel = next(found for found in compared.why["conversion"].groupings if found.by == "channel")
    effects = {effect.key: effect for effect in channel.effects}
    # 30% more sessions by email, which buys 12.5 points more often on average; ads buy 5 points more often
    # on 55% of the sessions.
    assert channel.mix == pytest.approx(0.3 * 0.125, abs=0.012)
    assert channel.rate == pytest.approx(0.05 * 0.55, abs=0.012)
    assert effects["email"].mix > 0
    assert effects["ads"].mix > 0
    # That all countries and categories buy more often is no news of theirs: it went through all alike.
    assert {change.by for change in compared.why["conversion"].changes} == {"channel"}
    assert compared.why["conversion"].changes[0].key == "ads"


def cell(key: str | None, n: int, bought: int) -> Cell:
    told = Tally(n=n, total=float(bought), squares=float(bought))
    return Cell(key=key, n=n, conversion=told, probability=told, revenue=told, expected=told, called=told)


def test_the_decomposition_by_hand_with_groups_that_come_and_go() -> None:
    before = [cell("x", 80, 8), cell("gone", 20, 10)]
    after = [cell("x", 50, 10), cell("new", 50, 5)]
    found = decompose("channel", before, after, "conversion")
    assert found is not None
    effects = {effect.key: effect for effect in found.effects}
    # The whole: 18% before, 15% after, 16.5% on average.
    assert effects["x"].mix == pytest.approx((0.5 - 0.8) * (0.15 - 0.165))
    assert effects["x"].change == pytest.approx((0.2 - 0.1) * 0.65)
    assert effects["gone"].mix == pytest.approx(-0.2 * (0.5 - 0.165))
    assert effects["gone"].change == 0
    assert effects["new"].mix == pytest.approx(0.5 * (0.1 - 0.165))
    assert effects["new"].rate_a is None
    assert found.mix + found.rate == pytest.approx(-0.03)
    assert decompose("channel", before, [], "conversion") is None


def test_chance_is_not_called_a_change(folder: Path, before: Side) -> None:
    again = side(folder, "again", frame(3000, 3, 0.3))
    for why in compare(before, again).why.values():
        assert not why.changes


def test_parts_of_one_result(folder: Path, before: Side) -> None:
    email, ads = (replace(before, filters=Filters.from_query({"channel": name})) for name in ("email", "ads"))
    found = compare(email, ads)
    assert found.a.n + found.b.n == 3000
    assert found.same_model
    assert not found.same_sessions
    share = next(kpi for kpi in found.kpis if kpi.name == "conversion")
    made = rows(before)
    assert share.a == made.loc[made["channel"] == "email", "purchased"].mean()
    assert compare(email, email).same_sessions


def test_what_cannot_be_compared_is_left_out(folder: Path, before: Side) -> None:
    other = side(folder, "dollars", frame(500, 4, 0.3), currency="USD", bundle="other")
    found = compare(before, other)
    assert not found.same_model
    assert not found.same_currency
    assert found.currency is None
    assert "revenue" not in found.why
    assert not {kpi.name for kpi in found.kpis} & {"revenue", "expected", "per_buyer"}
    assert [overlay.of for overlay in found.overlays] == ["p"]
    assert "cluster" not in found.groupings
    assert "cluster" not in {grouping.by for grouping in found.why["conversion"].groupings}


def test_without_outcomes_predictions_are_compared(folder: Path, before: Side) -> None:
    unknown = side(folder, "unknown", scored_frame(500, outcomes=False, seed=5))
    found = compare(before, unknown)
    assert found.why["conversion"].measured == "probability"
    assert found.why["revenue"].measured == "expected"
    assert not found.why["revenue"].observed
    assert "conversion" not in {kpi.name for kpi in found.kpis}
    # Some bought, and nobody reached the checkout: it isn't recorded on one side.
    assert [step.stage for step, _ in found.funnels] == ["viewed", "cart"]


def test_of_sessions_picked_by_their_prediction_only_what_happened_is_shown(
    before: Side, after: Side
) -> None:
    for query in ({"min_p": "0.1"}, {"purchased": "yes"}):
        picked = compare(before, replace(after, filters=Filters.from_query(query)))
        names = {kpi.name for kpi in picked.kpis}
        assert picked.picked and "conversion" in names
        assert not names & {"probability", "called", "expected_buyers", "expected"}
    assert not compare(before, replace(after, filters=Filters.from_query({"channel": "email"}))).picked


def test_bars_hold_every_session(compared: Comparison) -> None:
    assert [overlay.of for overlay in compared.overlays] == ["p", "expected", "if_bought"]
    for overlay in compared.overlays[:2]:
        assert (sum(overlay.a), sum(overlay.b)) == (3000, 4000)
        assert len(overlay.a) == len(overlay.b) == len(overlay.edges) - 1


def test_a_side_without_sessions_is_told(folder: Path, before: Side) -> None:
    nobody = replace(before, filters=Filters.from_query({"channel": "nowhere"}))
    found = compare(before, nobody)
    assert found.b.n == 0
    assert not found.why
    assert not found.overlays


def test_an_address_has_filters_of_both_and_of_each() -> None:
    query = {
        "device": "mobile",
        "channel": "ads",
        "b.channel": "email",
        "a.min_p": "0.2",
        "sort": "-n_events",
    }
    a, b = sides_of(query)
    assert (a.channel, b.channel) == (("ads",), ("email",))
    assert a.device == b.device == ("mobile",)
    assert (a.p, b.p) == ((0.2, None), (None, None))
    assert own_filters(query, "b").to_query() == "channel=email"
