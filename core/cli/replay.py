"""Command that plays an export back through the collector, and compares what live says with the file."""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from core.base.errors import IngestError
from core.base.progress import part
from core.cli.progress import progress_bar, say

if TYPE_CHECKING:
    from core.base.progress import Progress
    from core.base.settings import Settings
    from core.live.replay import Compared, Event, Export, Probabilities

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
#: Sessions that are played where nothing is said: the latest ones.
SESSIONS = 2_000
#: Seconds without a further score after which a server has none left.
QUIET = 5.0
#: Seconds a server may take to score what it was sent.
PATIENCE = 120.0
DIFFERENT = 1


@click.command("replay")
@click.argument("file", type=FILE)
@click.option("--fast", is_flag=True, help="Without waiting, one event of each session at a time (default).")
@click.option("--speed", type=float, default=None, help="So many times as fast as it happened.")
@click.option("--sessions", "most", type=int, default=SESSIONS, show_default=True, help="The latest; 0: all.")
@click.option("--mapping", type=FILE, default=None, help="JSON file that maps the columns.")
@click.option("--url", default=None, help="Server to send to; without it, one of its own in this process.")
@click.option("--write-key", envvar="PREDICTOR_WRITE_KEY", default=None, help="The server's key for sending.")
@click.option(
    "--secret-key",
    envvar="PREDICTOR_SECRET_KEY",
    default=None,
    help="The server's key for scores, to compare.",
)
@click.option("--json", "as_json", is_flag=True, help="The comparison as JSON.")
def replay_command(
    file: Path,
    *,
    fast: bool,
    speed: float | None,
    most: int,
    mapping: Path | None,
    url: str | None,
    write_key: str | None,
    secret_key: str | None,
    as_json: bool,
) -> None:
    """Play FILE, an export of events, back through the collector, and compare live's scores with the file's.

    Events keep their own times; ids get a mark of the replay. Exits with 1 if a score is another than the
    file's.
    """
    if fast and speed is not None:
        raise click.UsageError("Give either --fast or --speed.")
    if speed is not None and not 0 < speed < float("inf"):
        raise click.BadParameter("it is a positive number, such as 60.", param_hint="--speed")
    if most < 0:
        raise click.BadParameter("it is a number of sessions; 0 plays all.", param_hint="--sessions")
    if url is None and (write_key or secret_key):
        raise click.UsageError("Keys are for a server: give its --url.")
    if url is not None and not write_key:
        raise click.UsageError("A server wants a --write-key.")
    from core.base.settings import get_settings
    from core.base.shop import shop_settings
    from core.bundle.predictor import Predictor
    from core.live import replay

    settings = shop_settings(get_settings())
    predictor = Predictor.load(settings=settings)
    with progress_bar(f"Reading {file.name}") as report, tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        export = _read(file, folder, mapping, settings, part(report, 0.0, 0.2))
        sessions = replay.sessions_of(export, most or None)
        mark, total = replay.new_mark(), sum(sessions["n_events"].to_pylist())
        with _line(folder, export, settings, url, write_key, secret_key) as line:
            replay.play(
                replay.events_of(export, sessions, in_turn=speed is None), line.send,
                mark=mark, total=total, speed=speed, progress=part(report, 0.2, 0.8),
            )  # fmt: skip
            live = line.said()
        if live is not None:
            file_said = replay.from_file(
                export, sessions, predictor, folder, settings, part(report, 0.8, 1.0)
            )
            compared = replay.compare(live, file_said, sessions, predictor, mark)
    if live is None:
        say(f"Played {sessions.num_rows:,} sessions as {mark}…; with --secret-key scores are compared, too.")
        return
    click.echo(json.dumps(_as_dict(compared), indent=2) if as_json else _as_text(compared, mark))
    if compared.different:
        sys.exit(DIFFERENT)


def _read(file: Path, folder: Path, mapping: Path | None, settings: Settings, progress: Progress) -> Export:
    from core.ingest import ingest, read_mapping
    from core.live.replay import Export
    from core.scoring.steps import make_sessions

    given = read_mapping(json.loads(mapping.read_text(encoding="utf-8"))) if mapping else None
    made = folder / "read"
    report = ingest(file, made, mapping=given, settings=settings, progress=part(progress, 0.0, 0.6))
    if report.kind != "events":
        raise IngestError(
            "Its rows are sessions, not events.", where=file.name, remedy="Replay an export of single events."
        )
    sessions = folder / "features.parquet"
    make_sessions(made, report, sessions, settings=settings, progress=part(progress, 0.6, 1.0))
    return Export(
        events=made / "events.parquet", sessions=sessions, told=report.told, currency=report.currency
    )


@contextmanager
def _line(
    folder: Path, export: Export, settings: Settings, url: str | None, write: str | None, secret: str | None
) -> Iterator[Any]:
    if url is not None:
        from client.session_predictor import PredictorError

        try:
            yield _There(url, write, secret)
        except PredictorError as error:
            raise click.ClickException(str(error)) from error
        return
    from core.live.replay import Here

    here = Here(folder / "live", export, settings)
    try:
        yield here
    finally:
        here.close()


class _There:
    """A server that runs; what it says is heard from its stream of scores."""

    def __init__(self, url: str, write_key: str | None, secret_key: str | None) -> None:
        from client.session_predictor import Client

        self._client = Client(url, write_key=write_key, secret_key=secret_key)
        self._heard: Probabilities | None = None
        self._last, self._sent = time.monotonic(), Counter[str]()
        #: Events of each session that the last heard of its scores had seen, and sessions none is heard of.
        self._seen, self._silent = Counter[str](), set[str]()
        if secret_key:
            self._client.score(session_id="nobody")  # A key that is wrong is said now, not after the replay.
            self._heard = {}
            listening = threading.Event()
            threading.Thread(target=self._listen, args=(listening,), daemon=True).start()
            if not listening.wait(PATIENCE):
                raise click.ClickException("The server opens no stream of scores.")

    def _listen(self, listening: threading.Event) -> None:
        from core.bundle.model_card import JUDGED

        for score in self._client.scores(on_open=listening.set):
            if score.session_id not in self._sent:
                continue  # Of somebody else, of whom there may be no end.
            self._last = time.monotonic()
            self._seen[str(score.session_id)] = score.events_seen or 0
            features = score.raw.get("features") or {}
            k = features.get("n_events")
            if k in JUDGED and not features.get("purchased") and score.probability is not None:
                cart = bool(features.get("cart_adds"))
                self._heard[str(score.session_id), k] = (cart, score.probability)  # type: ignore[index]

    def send(self, events: list[Event]) -> None:
        """Send events; where scores are listened to, wait until these are scored."""
        self._sent.update(event["session_id"] for event in events)
        sent = self._client.send(events)
        if sent.refused:
            raise click.ClickException(f"The server refused an event: {sent.refused[0][1]}")
        if self._heard is None:
            return
        # Events are scored in the order they came, other senders' among them: the last one says that all are.
        last, given_up = events[-1]["session_id"], time.monotonic() + PATIENCE
        while (self._client.score(session_id=last).events_seen or 0) < self._sent[last]:
            if time.monotonic() > given_up:
                raise click.ClickException(
                    f"The server has scored nothing for {PATIENCE:.0f} seconds. Is its live worker running?"
                )
            time.sleep(0.05)
        # A session that is scored again before it was heard of comes once: each score is waited for.
        waiting, given_up = set(self._sent) - self._silent, time.monotonic() + QUIET
        while waiting := {name for name in waiting if self._seen[name] < self._sent[name]}:
            if time.monotonic() > given_up:
                self._silent |= waiting  # Robots, of whom the stream says nothing.
                break
            time.sleep(0.01)

    def said(self) -> Probabilities | None:
        """Return what was heard, once nothing more comes."""
        if self._heard is None:
            return None
        while time.monotonic() - self._last < QUIET:
            time.sleep(0.1)
        return dict(self._heard)


def _as_text(compared: Compared, mark: str) -> str:
    lines = [
        f"{compared.scores:,} early predictions, live ({mark}…) and from the file: "
        + ("all the same." if not compared.different else f"{compared.different:,} are not the same.")
        + f" Furthest apart: {compared.furthest:.1e}.",
        "",
        f"{'events':<8}{'regime':<14}{'sessions':>9}{'buyers':>8}  "
        f"{'ROC-AUC live':<24}{'from the file':<24}{'on the card':<24}",
    ]
    file = {(row.k, row.regime): row for row in compared.file}
    for row in compared.live:
        other = file[row.k, row.regime]
        cells = (row.figures.get("roc_auc"), other.figures.get("roc_auc"), row.card.get("roc_auc"))
        lines.append(
            f"{row.k:<8}{row.regime:<14}{row.n:>9,}{row.buyers:>8,}  "
            + "".join(f"{_figure(cell):<24}" for cell in cells).rstrip()
        )
    return "\n".join(lines)


def _figure(figure: Any) -> str:  # noqa: ANN401 - a figure, or none
    if figure is None or figure.value is None:
        return "-"
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"


def _as_dict(compared: Compared) -> dict[str, Any]:
    def rows(judged: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        return [
            {
                "k": row.k, "regime": row.regime, "n": row.n, "buyers": row.buyers,
                "figures": {name: figure.to_dict() for name, figure in row.figures.items()},
                "card": {name: figure.to_dict() for name, figure in row.card.items()},
            }
            for row in judged
        ]  # fmt: skip

    return {
        "scores": compared.scores, "different": compared.different, "furthest": compared.furthest,
        "live": rows(compared.live), "file": rows(compared.file),
    }  # fmt: skip
