"""Answers about a file of sessions, kept until the file changes: in memory, and beside a large file on disk.

What is kept on disk serves the other processes and the next start of the server; it lies in a folder
beside the sessions, goes with them, and never grows beyond ``MOST`` answers.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import os
import secrets
import shutil
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import duckdb
import numpy as np
import numpy.typing as npt
from pydantic import TypeAdapter

from core.results.footer import facts
from core.results.scored_sessions import ScoredSessions

P = ParamSpec("P")
R = TypeVar("R")
Array = npt.NDArray[Any]

#: Raised whenever what is answered changes, so that answers are found anew.
VERSION = 5
#: From so many sessions on, answers are worth a place on disk.
LARGE = 200_000
#: Answers on disk for one file at most, and in memory for all of them; what is laid aside, on disk.
MOST, MOST_IN_MEMORY, MOST_ASIDE = 600, 2_000, 20
#: Ends the name of the folder beside a file of sessions.
SUFFIX = ".kept"
#: Bytes of columns in memory at most.
MOST_BYTES = 192 * 2**20

_log = logging.getLogger(__name__)


class OneAtATime:
    """A lock for each key there is work on: what two ask for at once is only made once."""

    def __init__(self) -> None:
        self._locks: dict[Any, threading.Lock] = {}
        self._lock = threading.Lock()

    @contextmanager
    def on(self, key: Any) -> Iterator[None]:  # noqa: ANN401 (anything hashable)
        """Wait until nobody else is at work on a key; whoever waited looks anew whether it is made."""
        with self._lock:
            making = self._locks.setdefault(key, threading.Lock())
        with making:
            try:
                yield
            finally:
                with self._lock:
                    self._locks.pop(key, None)


class Recent:
    """The latest values by key, as many as fit; a value is only ever made once at a time."""

    def __init__(self, most: int, size: Callable[[Any], int] = lambda _: 1) -> None:
        self._most, self._size = most, size
        self._found: OrderedDict[Any, Any] = OrderedDict()
        self._total = 0
        self._making = OneAtATime()
        self._lock = threading.Lock()

    def get(self, key: Any, make: Callable[[], R]) -> R:  # noqa: ANN401 (anything hashable)
        """Return the value of a key, made now unless it is there."""
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]  # type: ignore[no-any-return]
        with self._making.on(key):
            with self._lock:
                if key in self._found:
                    return self._found[key]  # type: ignore[no-any-return]
            value = make()
            self._keep(key, value)
        return value

    def clear(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._found.clear()
            self._total = 0

    def _keep(self, key: Any, value: Any) -> None:  # noqa: ANN401
        with self._lock:
            self._found[key] = value
            self._total += self._size(value)
            while len(self._found) > 1 and self._total > self._most:
                self._total -= self._size(self._found.popitem(last=False)[1])


_answers = Recent(MOST_IN_MEMORY)
_writing = OneAtATime()
#: A little is counted for what lies around an array.
_columns = Recent(MOST_BYTES, lambda array: 512 + int(array.nbytes))


def cached(
    returns: Any,  # noqa: ANN401 (any type)
) -> Callable[[Callable[Concatenate[ScoredSessions, P], R]], Callable[Concatenate[ScoredSessions, P], R]]:
    """Keep what a function of scored sessions and more answers; ``returns`` is the answer's type."""

    def decorate(
        answer: Callable[Concatenate[ScoredSessions, P], R],
    ) -> Callable[Concatenate[ScoredSessions, P], R]:
        name = f"{answer.__module__}.{answer.__qualname__}"

        @functools.wraps(answer)
        def from_cache(sessions: ScoredSessions, /, *args: P.args, **kwargs: P.kwargs) -> R:
            def make() -> R:
                question = f"{name}{sessions.threshold!r}{args!r}{sorted(kwargs.items())!r}"
                file = beside(sessions, f"{hashlib.sha256(question.encode()).hexdigest()[:32]}.json")
                if file is None:
                    return answer(sessions, *args, **kwargs)
                value = _read(file, returns)
                if value is None:
                    value = (answer(sessions, *args, **kwargs),)
                    _write(file, value[0], returns)
                return value[0]

            return _answers.get((name, sessions, *args, *sorted(kwargs.items())), make)

        return from_cache

    return decorate


def is_large(sessions: ScoredSessions) -> bool:
    """Tell whether a file is one of which answers are worth a place on disk."""
    return facts(sessions).n >= LARGE


def column(sessions: ScoredSessions, name: str, make: Callable[[], Array]) -> Array:
    """Return an array over sessions, kept in memory while there is room."""
    return _columns.get((sessions, name), make)


def column_on_disk(sessions: ScoredSessions, name: str, make: Callable[[], Array]) -> Array:
    """Return an array over sessions that is dear to make; of a large file, kept on disk.

    What lies there is mapped each time it is asked for: a process that is done with it holds nothing of it.
    """
    at = "" if sessions.threshold is None else f"-{sessions.threshold!r}"
    file = beside(sessions, f"{name}{at}.npy", lambda partial: np.save(partial, make()))
    if file is None:
        return column(sessions, name, make)
    try:
        there: Array = np.load(file, mmap_mode="r")
    except (OSError, EOFError, ValueError) as error:
        # Damaged, or gone with what was kept of the file as it was before.
        _log.warning("An array is made anew: %s", error)
        with suppress(OSError):
            file.unlink(missing_ok=True)
        return column(sessions, name, make)
    return there


def beside(
    sessions: ScoredSessions,
    name: str,
    make: Callable[[Path], object] | None = None,
    *,
    least: int | None = None,
) -> Path | None:
    """Return the place of a file kept beside a large file of sessions; None beside a small one.

    With ``make`` it is written first, unless it is there; None also where that is not possible. ``least``
    is how many sessions make a file a large one.
    """
    if facts(sessions).n < (LARGE if least is None else least):
        return None
    file = file_beside(sessions, name)
    if make is not None and not file.exists():
        try:
            with _writing.on(file):
                if not file.exists():
                    with _new(file) as partial:
                        make(partial)
                    _sweep(file.parent, ".parquet", MOST_ASIDE)
        except (OSError, duckdb.IOException) as error:
            _log.warning("Sessions could not be laid aside: %s", error)
            return None
    return file


def file_beside(sessions: ScoredSessions, name: str) -> Path:
    """Return the place of a file kept beside a file of sessions of any size; it need not be there."""
    return _folder(sessions) / name


def forget() -> None:
    """Forget what is kept in memory; what is on disk stays."""
    _answers.clear()
    _columns.clear()


def whole_of(sessions: ScoredSessions) -> ScoredSessions:
    """Return all the sessions of which some were laid aside; the same ones unless they were laid aside."""
    folder = sessions.path.parent.parent
    if not (folder.name.startswith(".") and folder.name.endswith(SUFFIX)):
        return sessions
    return ScoredSessions.of(folder.with_name(f"{folder.name[1 : -len(SUFFIX)]}.parquet"))


def _folder(sessions: ScoredSessions) -> Path:
    # Another version of DuckDB may draw another sample.
    file = sessions.path
    return file.with_name(f".{file.stem}{SUFFIX}") / f"{sessions.stamp}-{VERSION}-{duckdb.__version__}"


@contextmanager
def _new(file: Path) -> Iterator[Path]:
    """Yield a path to write to, nobody else's; afterwards it is the file, in one step."""
    if not file.parent.exists():
        # What was kept of the file as it was before is of no use any more.
        shutil.rmtree(file.parent.parent, ignore_errors=True)
    # Not with its parents: sessions that were deleted meanwhile must not come back as an empty folder.
    file.parent.parent.mkdir(exist_ok=True)
    file.parent.mkdir(exist_ok=True)
    partial = file.with_name(f".{secrets.token_hex(8)}{file.suffix}")
    try:
        yield partial
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


def _read(file: Path, returns: Any) -> tuple[Any] | None:  # noqa: ANN401
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return (_adapter(returns).validate_python(told),)
    except (OSError, ValueError):
        return None


def _write(file: Path, value: Any, returns: Any) -> None:  # noqa: ANN401
    try:
        with _new(file) as partial:
            plain = _adapter(returns).dump_python(value)
            # Numbers come back as they were, to the last bit.
            partial.write_text(json.dumps(plain, default=lambda moment: moment.isoformat()), encoding="utf-8")
        _sweep(file.parent, ".json", MOST)
    except OSError as error:
        _log.warning("An answer could not be kept: %s", error)


def _sweep(folder: Path, suffix: str, most: int) -> None:
    """Remove the oldest files of a kind once there are too many."""
    with os.scandir(folder) as entries:
        files = [entry for entry in entries if entry.name.endswith(suffix) and not entry.name.startswith(".")]
        if len(files) <= most:
            return
        ages = sorted((entry.stat().st_mtime_ns, entry.path) for entry in files)
    for _, path in ages[: len(ages) - most * 3 // 4]:
        Path(path).unlink(missing_ok=True)


@functools.cache
def _adapter(returns: Any) -> Any:  # noqa: ANN401
    return TypeAdapter(returns)
