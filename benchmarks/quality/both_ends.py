"""Other ways to learn from finished sessions and from those that go on: what each gains at either end.

    python benchmarks/quality/both_ends.py [--seeds 31,32] [--sessions 20000] [--smaller-steps]
    python benchmarks/quality/both_ends.py --file EXPORT [--repeats 2]

Of each simulated shop, boosted trees with the tried settings learn in every way, and are tested on another
draw of it. FILE is an export of real events, dealt into five folds by visitor. Prints PR-AUC after so many
events and at the end, and ROC-AUC at the end, each minus that of the ordinary way: the mean of all shops,
with an interval (visitors drawn again, the same for all), and each shop's. What is averaged at the end leaves
sessions that go on as they were.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

from core.base.progress import silent  # noqa: E402
from core.base.settings import Settings, get_settings  # noqa: E402
from core.bundle.encoder import Encoder, Matrix  # noqa: E402
from core.bundle.model_card import JUDGED  # noqa: E402
from core.bundle.models import Blend, with_state  # noqa: E402
from core.features import build_sessions  # noqa: E402
from core.ingest import ingest  # noqa: E402
from core.schema.events import Told  # noqa: E402
from core.simulate import write_events  # noqa: E402
from core.stats.arrays import Codes, Flags, Vector  # noqa: E402
from core.stats.ranked import RankedOutcomes  # noqa: E402
from core.stats.ranking import area_under_roc, average_precision  # noqa: E402
from core.training.data.loading import (  # noqa: E402
    TrainingData,
    _with_snapshots,
    encode_whole,
    read_training_data,
    with_outcome,
)
from core.training.data.snapshots import make_snapshots  # noqa: E402
from core.training.data.splits import (  # noqa: E402
    CALIBRATION,
    TEST,
    TRAIN,
    VALIDATION,
    Split,
    number_visitors,
)
from core.training.purchase import candidates  # noqa: E402
from core.training.purchase.candidates import TRIED, fit, in_smaller_steps  # noqa: E402
from core.training.purchase.contest import deal  # noqa: E402
from core.training.purchase.samples import Sample, sample, with_hidden  # noqa: E402

ORDINARY = "ordinary"
FOLDS, PARTS, LEARNED_PARTS = 5, 20, 17
RESAMPLES, LEAST = 200, 5
END = 0


@dataclass(frozen=True)
class Tested:
    """Scores, by way, of rows none of them learned from, each cut after ``k`` events; END at its end."""

    scores: dict[str, Vector]
    outcome: Flags
    visitor: Codes
    k: Codes


def scores_of(
    data: TrainingData, matrix: Matrix, whole: Flags, settings: candidates.Settings, seed: int
) -> dict[str, Vector]:
    """Learn in every way, and return what each scores encoded rows."""
    learned = with_hidden(sample(data, data.rows(TRAIN, CALIBRATION)), data.encoder, seed)
    held, asked = sample(data, data.rows(VALIDATION)), with_state(matrix, ~whole)

    def learn(
        of: Callable[[Sample], Sample] = lambda rows: rows, asked: Matrix = asked, seed: int = seed
    ) -> Vector:
        classifier = fit("xgboost", settings, of(learned), seed=seed, held=of(held)).classifier
        return classifier.score(asked, 1)

    def weighed(times: float) -> Callable[[Sample], Sample]:
        return lambda rows: replace(rows, weight=np.where(ended(rows.matrix), times, 1.0) * rows.weight)

    ordinary = learn()
    ways = {ORDINARY: ordinary, "finished only": learn(only_finished)}
    ways |= {f"finished × {times}": learn(weighed(times)) for times in (2, 4, 8)}
    ways["columns of finished ones twice"] = learn(
        lambda rows: replace(rows, matrix=twice(rows.matrix)), twice(asked)
    )
    ways["two seeds averaged"] = Blend.mean([ordinary, learn(seed=seed + 100)])
    for name in ("finished only", "finished × 8"):
        ways[f"averaged at the end with {name}"] = np.where(
            whole, Blend.mean([ordinary, ways[name]]), ordinary
        )
    return ways


def ended(matrix: Matrix) -> Flags:
    """Return which rows are finished sessions."""
    return np.asarray(matrix[:, -1] == 0)


def only_finished(rows: Sample) -> Sample:
    """Return the finished sessions alone."""
    at = ended(rows.matrix)
    return Sample(rows.matrix[at], rows.outcome[at], rows.weight[at])


def twice(matrix: Matrix) -> Matrix:
    """Add each column once more, known for finished sessions alone."""
    again = np.where(ended(matrix)[:, None], matrix[:, :-1], np.float32(np.nan))
    return np.column_stack([matrix, again])


def shop(seed: int, sessions: int, tested: int, tried: candidates.Settings, settings: Settings) -> Tested:
    """Learn from one draw of the simulated shop, and score another."""
    with tempfile.TemporaryDirectory() as name:
        events, rows = _made(Path(name), "learned", sessions, seed, settings)
        data = read_training_data(rows, events=events, settings=settings)
        events, rows = _made(Path(name), "tested", tested, seed + 1_000, settings)
        table = with_outcome(pq.read_table(rows))
        everyone = np.ones(len(table), dtype=bool)
        told = Told.everything()
        cut = make_snapshots(
            events, table, data.encoder, everyone, told=told, settings=settings, progress=silent
        )
    matrix = np.concatenate([data.encoder.transform(table), cut.matrix])
    k, row = np.append(np.full(len(table), END), cut.k), np.append(np.arange(len(table)), cut.session)
    bought = np.asarray(table["purchased"].to_numpy(zero_copy_only=False), dtype=bool)
    scores = scores_of(data, matrix, k == END, tried, seed)
    return Tested(scores, bought[row], number_visitors(table)[0][row], k)


def _made(folder: Path, name: str, n: int, seed: int, settings: Settings) -> tuple[Path, Path]:
    events, rows = folder / f"{name}-events.parquet", folder / f"{name}.parquet"
    write_events(events, n_sessions=n, seed=seed, start="2026-01-01", days=60)
    build_sessions(events, rows, told=Told.everything(), settings=settings)
    return events, rows


def crossed(file: Path, repeats: int, tried: candidates.Settings, settings: Settings) -> Iterator[Tested]:
    """Learn from a file without a fifth of its visitors and score that fifth, until all are scored."""
    with tempfile.TemporaryDirectory() as name:
        events, rows = Path(name) / "events.parquet", Path(name) / "sessions.parquet"
        told = ingest(file, Path(name), settings=settings).told
        build_sessions(events, rows, told=told, settings=settings)
        table = with_outcome(pq.read_table(rows))
        bought = np.asarray(table["purchased"].to_numpy(zero_copy_only=False), dtype=bool)
        visitor, _ = number_visitors(table)

        def cut(encoder: Encoder, judged: Flags) -> object:
            return make_snapshots(
                events, table, encoder, judged, told=told, settings=settings, progress=silent
            )

        for number in range(repeats):
            fold_of, part = deal(bought, visitor, FOLDS, number), deal(bought, visitor, PARTS, number + 1_000)
            parts = []
            for fold in range(FOLDS):
                slice_of = np.where(part < LEARNED_PARTS, TRAIN, VALIDATION).astype(np.int8)
                slice_of[fold_of == fold] = TEST
                whole = encode_whole(table, bought, Split("visitor", slice_of, visitor, {}))
                data = _with_snapshots(whole, cut(whole.encoder, slice_of == TEST))
                at = data.rows(TEST)
                scores = scores_of(data, data.matrix[at], data.whole[at], tried, number)
                parts.append(Tested(scores, data.purchased[at], data.split.visitor[at], data.k[at]))
            scores = {way: np.concatenate([one.scores[way] for one in parts]) for way in parts[0].scores}
            others = [[getattr(one, name) for one in parts] for name in ("outcome", "visitor", "k")]
            yield Tested(scores, *map(np.concatenate, others))


def gains(
    tested: Tested, k: int, seed: int, area: Callable[[RankedOutcomes], float]
) -> tuple[float, dict[str, Vector]] | None:
    """Return the ordinary way's figure, and others' minus it: of all visitors, then of some drawn again."""
    at = np.flatnonzero(tested.k == k)
    outcome = tested.outcome[at]
    if min(outcome.sum(), (~outcome).sum()) < LEAST:
        return None
    number = np.unique(tested.visitor[at], return_inverse=True)[1]
    n, random = int(number.max()) + 1, np.random.default_rng([seed, k])
    drawn = [np.bincount(random.integers(0, n, n), minlength=n)[number] for _ in range(RESAMPLES)]
    weights = [weight.astype(np.float64) for weight in (np.ones(len(at)), *drawn)]
    ranked = {way: RankedOutcomes.of(score[at], outcome) for way, score in tested.scores.items()}
    figures = {
        way: np.array([area(one.weighed(weight)) for weight in weights]) for way, one in ranked.items()
    }
    ordinary = figures.pop(ORDINARY)
    return float(ordinary[0]), {way: figure - ordinary for way, figure in figures.items()}


def report(shops: list[Tested], *, same: bool = False) -> None:
    """Print every way's gains, by figure and number of events; ``same`` people are drawn for all of them."""
    asked = [("PR-AUC", average_precision, k) for k in (*JUDGED, END)] + [("ROC-AUC", area_under_roc, END)]
    for name, area, k in asked:
        seeds = [0] * len(shops) if same else range(len(shops))
        found = [one for one in map(gains, shops, repeat(k), seeds, repeat(area)) if one]
        if not found:
            continue
        when = f"after {k} events" if k else "at the end"
        print(f"\n{name} {when}: {np.mean([ordinary for ordinary, _ in found]):.4f} the ordinary way")
        for way in found[0][1]:
            mean = np.mean([each[way] for _, each in found], axis=0)
            low, high = np.quantile(mean[1:], (0.025, 0.975))
            apart = " ".join(f"{each[way][0]:+.4f}" for _, each in found)
            print(f"  {way:<40} {mean[0]:+.4f} ({low:+.4f} to {high:+.4f})  each {apart}")


def main() -> None:
    """Learn in every way and print how they compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", default="31,32,33,35,36,37")
    parser.add_argument("--sessions", type=int, default=20_000)
    parser.add_argument("--tested", type=int, default=30_000)
    parser.add_argument("--smaller-steps", action="store_true", help="as where there is much to learn from")
    parser.add_argument("--file", type=Path)
    parser.add_argument("--repeats", type=int, default=2)
    asked = parser.parse_args()
    tried = in_smaller_steps(TRIED["xgboost"]) if asked.smaller_steps else TRIED["xgboost"]
    settings = get_settings()
    if asked.file:
        return report(list(crossed(asked.file, asked.repeats, tried, settings)), same=True)
    seeds = map(int, asked.seeds.split(","))
    return report([shop(seed, asked.sessions, asked.tested, tried, settings) for seed in seeds])


if __name__ == "__main__":
    main()
