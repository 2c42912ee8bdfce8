"""What lies on the disk: the data folder and who may read it, secrets, room, the clock."""

from __future__ import annotations

import os
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from core.base.data_folder import check_databases
from core.base.settings import PROJECTS, ROOT, Settings
from core.monitoring.doctor.finding import Finding
from core.storage._files import room

#: Files whose content opens doors, in the data folder.
SECRETS = ("session.key", "password.hash", "*.key", "*.hash")
OTHERS = stat.S_IRWXG | stat.S_IRWXO
#: Seconds between two clocks from which sign-in codes and signed links fail.
SKEW = 5.0


def data_folder(settings: Settings) -> Iterator[Finding]:
    """Look whether it is there, ours, closed to others, and its databases whole."""
    folder = settings.data_dir
    if not folder.exists():
        yield Finding("data folder", "ok", f"{folder} is made at the first start.")
        return
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield Finding(
            "data folder",
            "wrong",
            f"{folder} can't be written by this user.",
            "Let the user the server runs as own it: chown -R USER FOLDER.",
        )
        return
    if stat.S_IMODE(folder.stat().st_mode) & stat.S_IRWXO:
        yield Finding(
            "data folder", "wrong", f"Other users of this machine may enter {folder}.", f"chmod 0700 {folder}"
        )
    foreign = [path.name for path in folder.iterdir() if path.stat().st_uid != folder.stat().st_uid]
    if foreign:
        yield Finding(
            "data folder",
            "wrong",
            f"Another user owns {', '.join(sorted(foreign)[:3])} in it: the server has run as another.",
            f"chown -R --reference={folder} {folder}",
        )
    for each in _folders(settings):
        check_databases(each)
    yield Finding("data folder", "ok", f"{folder} can be written; its databases can be read.")


def _folders(settings: Settings) -> list[Path]:
    """Return the data folders of all projects."""
    return [settings.data_dir, *(path for path in settings.data_dir.glob(f"{PROJECTS}/*") if path.is_dir())]


def secrets(settings: Settings) -> Iterator[Finding]:
    """Look whether anybody else may read what opens doors."""
    files = {path for pattern in SECRETS for each in _folders(settings) for path in each.glob(pattern)}
    files |= {path for path in (ROOT / ".env", Path(".env").resolve()) if path.exists()}
    open_files = [path for path in sorted(files) if path.stat().st_mode & OTHERS]
    for path in open_files:
        yield Finding("secrets", "wrong", f"Others may read {path}.", f"chmod 0600 {path}")
    if not open_files:
        yield Finding("secrets", "ok", "Nobody else may read the files with secrets.")


def disk(settings: Settings) -> Iterator[Finding]:
    """Look how much room there is."""
    folder = next(f for f in (settings.data_dir, *settings.data_dir.resolve().parents) if f.exists())
    space = room(folder, kept_free=settings.min_free_bytes)
    free = f"{space.free / 10**9:.1f} GB are free, {settings.min_free_bytes / 10**9:.1f} GB of them kept"
    if space.usable == 0:
        yield Finding(
            "disk",
            "wrong",
            f"{free}: nothing can be uploaded.",
            "Free space, or lower PREDICTOR_MIN_FREE_BYTES.",
        )
    else:
        yield Finding("disk", "ok", f"{free} in reserve.")


def clock(settings: Settings) -> Iterator[Finding]:
    """Compare this machine's clock with that of the disk, which may be another machine's."""
    if not settings.data_dir.is_dir() or not os.access(settings.data_dir, os.W_OK):
        return
    with tempfile.NamedTemporaryFile(dir=settings.data_dir, prefix=".doctor-") as file:
        file.write(b"?")
        file.flush()
        skew = Path(file.name).stat().st_mtime - time.time()
    if abs(skew) > SKEW:
        yield Finding(
            "clock",
            "warning",
            f"The disk's clock is {skew:+.0f} s off this machine's.",
            "Set both by NTP: timedatectl set-ntp true.",
        )
    elif time.time() < (ROOT / "requirements.txt").stat().st_mtime - 86_400:
        yield Finding(
            "clock", "wrong", "The clock stands before the program was installed.", "Set it by NTP."
        )
    else:
        yield Finding("clock", "ok", "The clock agrees with the disk's.")
