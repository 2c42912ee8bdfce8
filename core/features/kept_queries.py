"""Compiled queries kept on disk: whoever finds one there needn't import Ibis, which takes most of a second.

They lie where Python keeps the compiled modules, by what they were made of: the definition of features as it
is written, the versions of the libraries that compile it, and what was asked for.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from functools import lru_cache
from importlib.metadata import version
from importlib.util import cache_from_source
from pathlib import Path

from core.base.atomic_write import atomic_write

_COMPILERS = ("duckdb", "ibis-framework", "sqlglot")
#: Whatever in these could change a query is part of its name.
_SOURCES = (Path(__file__).parent, Path(__file__).parent.parent / "schema")


def kept(asked: object, make: Callable[[], str]) -> str:
    """Return a query that was compiled before, or is now.

    Parameters
    ----------
    asked
        What it is for; its ``repr`` says all of it.
    """
    name = hashlib.sha256(f"{_stamp()} {asked!r}".encode()).hexdigest()
    file = _folder() / f"query-{name}.sql"
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return file.read_text(encoding="utf-8")
    query = make()
    # A folder that can't be written to only costs the time.
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(file) as partial:
            partial.write_text(query, encoding="utf-8")
    return query


def _folder() -> Path:
    return Path(cache_from_source(__file__)).parent


@lru_cache(maxsize=1)
def _stamp() -> str:
    stamp = hashlib.sha256(" ".join(version(name) for name in _COMPILERS).encode())
    for folder in _SOURCES:
        for source in sorted(folder.glob("*.py")):
            stamp.update(source.read_bytes())
    return stamp.hexdigest()
