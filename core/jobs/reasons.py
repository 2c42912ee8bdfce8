"""Reasons of many sessions are found beside the page that asks for them, which says how far they are.

The server's own processes would be busy with it for minutes. So another one does it, once however many pages
ask: it holds a locked file for as long as it is at work, and writes its progress there. Whoever isn't a page
(a job, the command line) waits until the reasons are there.

    python -m core.jobs.reasons RESULT DESCRIPTOR
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import duckdb

from core.base.errors import CoreError, ExplainError
from core.base.settings import ROOT, get_settings
from core.explain.build_reason_index import build_reason_index
from core.explain.reason_index import ReasonIndex, most_sessions, reason_index_of
from core.explain.sampling import is_heavy, predictor_of
from core.results.footer import facts
from core.results.scored_sessions import ScoredSessions
from core.results.sources import Source, find_source

_log = logging.getLogger(__name__)

#: More sessions than this take more than a moment; by heavy models (see ``core.explain.sampling``) sooner.
MOMENT, MOMENT_HEAVY = 20_000, 1_000
FOLDER = "reasons"
#: It gives way to pages.
NICENESS = 10

#: Kept so that those that have ended are taken note of.
_started: list[subprocess.Popen[bytes]] = []


class ReasonsPendingError(ExplainError):
    """Reasons that are still being found: ``share`` of them are."""

    code = "pending"
    status = 409

    def __init__(self, source: Source, n: int, share: float) -> None:
        super().__init__(
            f"The reasons of {n:,} sessions are being found.",
            remedy="This page goes on by itself once they are there. They are kept: it is only this once.",
        )
        self.waits_for = f"/api/results/{source.id}/reasons"
        self.share = share

    def to_dict(self) -> dict[str, str | None]:
        """Return the error as plain JSON, with the address that tells how far it is."""
        return {**super().to_dict(), "waits_for": self.waits_for, "share": f"{self.share:.3f}"}


def reasons_for_pages(sessions: ScoredSessions) -> Path:
    """Return the file with the reasons of scored sessions; where it would take long, have them found instead.

    Raises
    ------
    ReasonsPendingError
        If they are being found from now on, or since before.
    ExplainError
        If that has just failed, or can't be done.
    """
    index = reason_index_of(sessions)
    if not index.is_built and not index.source.is_training:
        predictor, n = predictor_of(index.source), facts(index.sessions).n
        # What is too much is said at once.
        if (MOMENT_HEAVY if is_heavy(predictor) else MOMENT) < n <= most_sessions(predictor):
            raise ReasonsPendingError(index.source, n, _under_way(index))
    return build_reason_index(sessions)


def share_of(result_id: str) -> float:
    """Return how far the reasons of a result are: 1 if they are there, or nobody is at it.

    Raises
    ------
    NotFoundError
        If there is no such result.
    """
    source = find_source(result_id)
    index = ReasonIndex(source, source.scored)
    file = _file(index)
    if index.is_built or not file.exists():
        return 1.0
    with file.open("rb") as running:
        # Without the lock nobody is at work: the page is to ask again, and starts it again.
        return _read(running.fileno()) if not _locked(running.fileno()) else 1.0


def _under_way(index: ReasonIndex) -> float:
    """Start finding reasons unless somebody is at it; return how far they are."""
    file = _file(index)
    _tell_failure(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    running = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _locked(running):
            return _read(running)
        if os.fstat(running).st_size:
            # Killed, for want of memory perhaps: not to be tried again and again while nobody looks.
            file.unlink(missing_ok=True)
            raise _stopped()
        command = [sys.executable, "-m", __name__, index.source.id, str(running)]
        _started[:] = [one for one in _started if one.poll() is None]
        # The lock goes with the descriptor: the process has it until it ends, however it does.
        _started.append(subprocess.Popen(command, cwd=ROOT, pass_fds=(running,)))  # noqa: S603 - our own
    finally:
        os.close(running)
    return 0.0


def _file(index: ReasonIndex) -> Path:
    return get_settings().data_dir / FOLDER / f"{index.source.id}-{index.sessions.stamp}.running"


def _locked(running: int) -> bool:
    """Lock an open file; tell whether that was possible."""
    try:
        fcntl.flock(running, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(running: int) -> float:
    try:
        return float(os.pread(running, 8, 0) or 0)
    except ValueError:
        return 0.0


def _tell_failure(file: Path) -> None:
    """Raise what finding reasons came to, once; whoever asks after that starts it again."""
    failed = file.with_suffix(".failed")
    try:
        told = json.loads(failed.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    failed.unlink(missing_ok=True)
    raise ExplainError(told["message"], where=told["where"], remedy=told["remedy"])


def main(result_id: str, running: int) -> int:
    """Find the reasons of a result; 1 if that failed."""
    os.nice(NICENESS)
    failed: CoreError
    server, source = os.getppid(), find_source(result_id)
    sessions = source.scored
    file = _file(ReasonIndex(source, sessions))

    def told(share: float, _: str) -> None:
        if os.getppid() != server:
            raise InterruptedError
        os.pwrite(running, f"{share:.5f} ".encode(), 0)

    try:
        build_reason_index(sessions, told)
    except CoreError as error:
        failed = error
    except (duckdb.Error, OSError, ValueError, RuntimeError, MemoryError):
        if os.getppid() != server:
            return 1
        _log.exception("Reasons of %s could not be found", result_id)
        failed = _stopped()
    else:
        return 0
    finally:
        file.unlink(missing_ok=True)
    file.with_suffix(".failed").write_text(json.dumps(failed.to_dict()), encoding="utf-8")
    return 1


def _stopped() -> ExplainError:
    return ExplainError(
        "Finding the reasons of these sessions has stopped before its end.",
        remedy="Open the page again to start anew, or remove this filter.",
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
