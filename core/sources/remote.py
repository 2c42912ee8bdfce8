"""A bucket or a web folder as a source of exports: whatever ``fsspec`` can reach, S3 above all."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO

from core.base.errors import CoreError, SettingsError
from core.sources.base import Entry, not_there, unreachable

#: Bytes asked for at a time; each is one request.
BLOCK = 8 * 1024**2
#: What tells versions of a file apart, by file system.
STAMPS = ("ETag", "etag", "md5Hash", "mtime", "LastModified", "last_modified", "created")
S3 = frozenset({"s3", "s3a"})


class Remote:
    """What lies below an address; nothing beside or above it can be listed or read."""

    def __init__(self, url: str, *, s3_endpoint_url: str | None) -> None:
        self._url = url
        self._endpoint = s3_endpoint_url
        self._lock = threading.Lock()
        self._connected: tuple[Any, str] | None = None

    def listing(self, path: str) -> list[Entry]:
        """Return what is in a folder."""
        system, top = self._system()
        folder = f"{top}/{path}" if path else top
        infos = _asking(path, lambda: system.ls(folder, detail=True))
        inside = f"{folder}/"
        return [
            self._entry(info, top)
            for info in infos
            if _name(info).startswith(inside) and not _name(info)[len(inside) :].startswith(".")
        ]

    def entry(self, path: str) -> Entry:
        """Return what is told of one file."""
        system, top = self._system()
        return self._entry(_asking(path, lambda: system.info(f"{top}/{path}")), top)

    def open(self, path: str, at: int) -> BinaryIO:
        """Open a file to read it from a byte on."""
        system, top = self._system()
        file: BinaryIO = _asking(
            path,
            lambda: system.open(f"{top}/{path}", "rb", block_size=BLOCK, cache_type="readahead"),
        )
        file.seek(at)
        return file

    def _entry(self, info: dict[str, Any], top: str) -> Entry:
        name = _name(info)
        path = name.removeprefix(f"{top}/")
        is_folder = info.get("type") == "directory"
        size = info.get("size")
        marks = [str(info[key]) for key in STAMPS if info.get(key)]
        return Entry(
            name=path.rsplit("/", 1)[-1],
            path=path,
            is_folder=is_folder,
            size=None if is_folder or size is None else int(size),
            modified=_moment(info),
            stamp=" ".join([str(size), *marks[:2]]),
        )

    def _system(self) -> tuple[Any, str]:
        """Return the file system and the source's path in it."""
        with self._lock:
            if self._connected is None:
                self._connected = self._connect()
            return self._connected

    def _connect(self) -> tuple[Any, str]:
        try:
            # Here, not above: an optional library.
            import fsspec

            scheme = self._url.partition("://")[0]
            options: dict[str, Any] = {"use_listings_cache": False, "skip_instance_cache": True}
            if scheme in S3 and self._endpoint:
                options["endpoint_url"] = self._endpoint
            system, top = fsspec.core.url_to_fs(self._url, **options)
        except (ImportError, ValueError) as error:
            raise SettingsError(
                "the software to read this source isn't installed.",
                where="setting PREDICTOR_SOURCES",
                remedy="For S3: python -m pip install -r requirements-s3.txt",
            ) from error
        return system, str(top).rstrip("/")


def _asking(path: str, ask: Any) -> Any:  # noqa: ANN401 - whatever the file system answers
    try:
        return ask()
    except FileNotFoundError as error:
        raise not_there(path) from error
    except CoreError:
        raise
    except Exception as error:  # every file system has errors of its own
        raise unreachable(error) from error


def _name(info: dict[str, Any]) -> str:
    return str(info["name"]).rstrip("/")


def _moment(info: dict[str, Any]) -> datetime | None:
    for key in ("LastModified", "mtime", "last_modified", "created"):
        value = info.get(key)
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        if isinstance(value, (int, float)):
            return datetime.fromtimestamp(value, UTC)
        if isinstance(value, str):
            return parsedate_to_datetime(value).astimezone(UTC)
    return None
