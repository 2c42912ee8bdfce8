"""Where lists may be put: folders, buckets and SFTP servers named in ``PREDICTOR_DESTINATIONS``.

A file is there whole or not at all, and putting it there twice leaves the same.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit
from uuid import uuid4

from core.base.errors import ScheduleError, SettingsError
from core.base.settings import Settings
from core.sources.base import SourceError, shown_address

SFTP, S3 = "sftp", frozenset({"s3", "s3a"})
SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """A place lists may be put in; ``name`` is its address without what is secret in it."""

    name: str
    url: str


def destinations(settings: Settings) -> tuple[Destination, ...]:
    """Return the places there are."""
    return tuple(Destination(name=shown_address(url), url=url) for url in settings.destinations)


def put(name: str, file: Path, filename: str, settings: Settings) -> str:
    """Put a file into a destination; return what it is called there.

    Raises
    ------
    ScheduleError
        If there is no such destination, or it can't be written to.
    SourceError
        If it can't be reached.
    """
    by_name = {one.name: one.url for one in destinations(settings)}
    if name not in by_name:
        raise ScheduleError(
            f"“{name}” is none of the places lists may be put in.",
            where="destination",
            remedy="Choose another one; PREDICTOR_DESTINATIONS names them.",
        )
    url = by_name[name]
    if "://" not in url:
        _put_in_folder(Path(url), file, filename)
    elif urlsplit(url).scheme == SFTP:
        asyncio.run(_put_by_sftp(url, file, filename, settings))
    else:
        _put_in_bucket(url, file, filename, settings)
    return f"{name}/{filename}"


def _put_in_folder(folder: Path, file: Path, filename: str) -> None:
    partial = folder / f".{filename}.{uuid4().hex[:8]}.part"
    try:
        shutil.copyfile(file, partial)
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(folder / filename)
    except OSError as error:
        raise ScheduleError(
            f"The list can't be written: {error.strerror}.",
            where=str(folder),
            remedy="Check that the folder exists and the server may write to it.",
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def _put_in_bucket(url: str, file: Path, filename: str, settings: Settings) -> None:
    try:
        # Here, not above: an optional library.
        import fsspec

        options = {"skip_instance_cache": True}
        if urlsplit(url).scheme in S3 and settings.s3_endpoint_url:
            options["endpoint_url"] = settings.s3_endpoint_url  # type: ignore[assignment]
        system, top = fsspec.core.url_to_fs(url, **options)
    except (ImportError, ValueError) as error:
        raise SettingsError(
            "the software to write to this destination isn't installed.",
            where="PREDICTOR_DESTINATIONS",
            remedy="For S3: python -m pip install -r requirements-s3.txt",
        ) from error
    try:
        # Buckets show a file once it is whole.
        system.put_file(str(file), f"{str(top).rstrip('/')}/{filename}")
    except Exception as error:  # every file system has errors of its own
        raise _unreachable(error, shown_address(url)) from error


async def _put_by_sftp(url: str, file: Path, filename: str, settings: Settings) -> None:
    try:
        # Here, not above: an optional library.
        import asyncssh
    except ImportError as error:
        raise SettingsError(
            "the software for SFTP isn't installed.",
            where="PREDICTOR_DESTINATIONS",
            remedy="python -m pip install -r requirements-sftp.txt",
        ) from error
    parts = urlsplit(url)
    options: dict[str, object] = {"agent_path": None, "connect_timeout": SECONDS}
    if parts.username:
        options["username"] = unquote(parts.username)
    password = unquote(parts.password) if parts.password else settings.sftp_password
    if settings.sftp_key:
        options["client_keys"] = [str(settings.sftp_key)]
    elif password:
        options |= {"password": password, "client_keys": None}
    if settings.sftp_known_hosts:
        options["known_hosts"] = str(settings.sftp_known_hosts)
    folder = PurePosixPath(parts.path or ".")
    partial, whole = str(folder / f".{filename}.{uuid4().hex[:8]}.part"), str(folder / filename)
    try:
        async with (
            asyncssh.connect(parts.hostname or "", parts.port or 22, **options) as connection,
            connection.start_sftp_client() as client,
        ):
            await client.put(str(file), partial)
            try:
                await client.posix_rename(partial, whole)
            except asyncssh.SFTPOpUnsupported:
                # A server that knows no renaming onto what is there.
                if await client.exists(whole):
                    await client.remove(whole)
                await client.rename(partial, whole)
    except asyncssh.HostKeyNotVerifiable as error:
        raise SettingsError(
            "the server's key isn't known.",
            where=shown_address(url),
            remedy="Add it to the file PREDICTOR_SFTP_KNOWN_HOSTS, once you know it is right.",
        ) from error
    except asyncssh.PermissionDenied as error:
        raise ScheduleError(
            "The server denied access.",
            where=shown_address(url),
            remedy="Check PREDICTOR_SFTP_KEY or PREDICTOR_SFTP_PASSWORD, and the folder's rights.",
        ) from error
    except (asyncssh.Error, OSError) as error:
        raise _unreachable(error, shown_address(url)) from error


def _unreachable(error: Exception, where: str) -> SourceError:
    return SourceError(
        f"The list can't be put there ({type(error).__name__}).",
        where=where,
        remedy="It is tried again. If it keeps happening, check the address and the server's rights.",
    )
