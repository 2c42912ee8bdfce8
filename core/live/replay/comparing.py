"""What live said of an export beside what its file says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from core.base.progress import Progress, silent
from core.base.settings import Settings
from core.bundle.model_card import JUDGED
from core.bundle.predictor import GOING_ON, Predictor
from core.features import build_sessions
from core.live.early import Judged, Said, judge
from core.live.replay.export import LENGTH, Export

#: How far a score may be from the file's.
CLOSE = 1e-6
#: Of a session after so many events: whether something was in the cart, and the probability.
Probabilities = dict[tuple[str, int], tuple[bool, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What live said of an export, beside its file.

    ``live`` and ``file`` are figures by number of events seen; ``scores`` counts the predictions that both
    made of the same session after the same number of events, ``different`` those that are not the same to
    ``CLOSE``, ``furthest`` is the largest difference of all.
    """

    live: tuple[Judged, ...]
    file: tuple[Judged, ...]
    scores: int
    different: int
    furthest: float


def from_file(
    export: Export, sessions: pa.Table, predictor: Predictor, folder: Path, settings: Settings,
    progress: Progress = silent,
) -> Probabilities:  # fmt: skip
    """Return what the model says of sessions cut after so many events, as in training and as in a card."""
    chosen = set(sessions["session_id"].to_pylist())
    made: Probabilities = {}
    for number, k in enumerate(JUDGED):
        progress(number / len(JUDGED), f"Cutting sessions after {k} event{'s' * (k > 1)}")
        out = folder / f"after-{k}.parquet"
        build_sessions(export.events, out, told=export.told, settings=settings, first_events=k)
        rows = pq.read_table(out)
        asked = rows.append_column(GOING_ON, pa.array([True] * rows.num_rows))
        probabilities = predictor.predict(asked)["purchase_probability"].to_pylist()
        carts = rows["cart_adds"].to_pylist() if "cart_adds" in rows.column_names else [None] * rows.num_rows
        for name, cart, probability in zip(rows["session_id"].to_pylist(), carts, probabilities, strict=True):
            if name in chosen:
                made[name, k] = (bool(cart), probability)
    return made


def compare(
    live: Probabilities, file: Probabilities, sessions: pa.Table, predictor: Predictor, mark: str
) -> Compared:
    """Set what live said beside what the file says, of sessions that went on after so many events."""
    known = {row["session_id"]: row for row in sessions.to_pylist() if row["purchased"] is not None}

    def said(of: Probabilities) -> list[Said]:
        return [
            (k, cart, probability, known[name]["purchased"], known[name]["visitor_id"] or name)
            for (name, k), (cart, probability) in of.items()
            if name in known and (known[name][LENGTH] or 0) > k
        ]

    plain = {(name.removeprefix(mark), k): told for (name, k), told in live.items() if name.startswith(mark)}
    plain = {key: told for key, told in plain.items() if key in file}
    apart = [abs(probability - file[key][1]) for key, (_, probability) in plain.items()
             if (known.get(key[0], {}).get(LENGTH) or 0) > key[1]]  # fmt: skip
    return Compared(
        live=judge(said(plain), predictor),
        file=judge(said(file), predictor),
        scores=len(apart),
        different=sum(each > CLOSE for each in apart),
        furthest=max(apart, default=0.0),
    )
