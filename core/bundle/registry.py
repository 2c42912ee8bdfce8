"""Which model new exports are scored with: put to work, taken back, recorded with who and when.

    models/in-use.json   every change, oldest first

The last change says which model is in use. Without one, or if that model is gone, it is the one the
settings name. Every process of a server reads the same file; changes wait for one another.
"""

from __future__ import annotations

import json
import secrets
import shutil
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.audit import record
from core.base.atomic_write import atomic_write
from core.base.errors import AlarmError, BundleError, RegistryError
from core.base.settings import Settings, get_settings
from core.bundle.models_folder import alone, writing
from core.bundle.repository import MANIFEST_FILE, check_name, load_bundle

FILE, LOCK = "in-use.json", "in-use.lock"
FORMAT_VERSION = 1
MAX_WHO, MAX_NOTE = 100, 500
NOBODY = "somebody"

_Stamp = tuple[int, int, int]
_read: dict[Path, tuple[_Stamp, tuple[Promotion, ...]]] = {}
_reading = threading.Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """One change of the model in use: from which to which, when, by whom and why.

    ``back`` marks a step back to an earlier model.
    """

    bundle: str
    previous: str
    at: datetime
    who: str
    note: str = ""
    back: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self) | {"at": self.at.isoformat()}

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Promotion:
        """Read what ``to_dict`` wrote."""
        known = {name: told[name] for name in cls.__dataclass_fields__ if name in told}
        return cls(**(known | {"at": datetime.fromisoformat(told["at"])}))


def in_use(settings: Settings | None = None) -> str:
    """Return the name of the model new exports are scored with.

    Raises
    ------
    RegistryError
        If the record of changes is damaged: guessing would score with another model unnoticed.
    """
    settings = get_settings(settings)
    changes = _changes(settings)
    if changes and _exists(changes[-1].bundle, settings):
        return changes[-1].bundle
    return settings.bundle


def history(settings: Settings | None = None) -> tuple[Promotion, ...]:
    """Return every change of the model in use, newest first."""
    return _changes(get_settings(settings))[::-1]


def earlier(settings: Settings | None = None) -> str | None:
    """Return the model ``go_back`` would put to work, None if there is no earlier one."""
    settings = get_settings(settings)
    now = in_use(settings)
    return next((name for name in _trail(settings) if name != now and _exists(name, settings)), None)


def promote(
    name: str, *, who: str, note: str = "", confirmed: bool = False, settings: Settings | None = None
) -> Promotion:
    """Put a model to work: new exports are scored with it from now on.

    Asking twice changes nothing; the change that is there is returned.

    Parameters
    ----------
    who
        Who wants it, for the record.
    note
        Why, for the record.
    confirmed
        Whether somebody has seen the model's alarms and wants it all the same.

    Raises
    ------
    BundleError
        If there is no such model, or it can't be read.
    AlarmError
        If something may give the outcome away and nobody has confirmed it.
    """
    settings = get_settings(settings)
    # Read whole: a damaged model would be found out by whoever scores next.
    manifest = load_bundle(name, settings).manifest
    with alone(settings, LOCK):
        if manifest.alarms and not confirmed:
            raise AlarmError(
                f"{_alarms(manifest.alarms)} It may do far worse in use than in its test.",
                where=f"model {name}",
                remedy="Check what gives the outcome away; if it is known before the purchase, confirm.",
            )
        if not _exists(name, settings):
            raise _no_model(name)
        changes, now = _changes(settings), in_use(settings)
        if changes and changes[-1].bundle == name == now:
            return changes[-1]
        change = _add(settings, changes, _promotion(name, now, who, note))
    _record(change, settings)
    return change


def go_back(*, who: str, note: str = "", settings: Settings | None = None) -> Promotion:
    """Put the model to work again that was in use before; once more goes back further.

    Raises
    ------
    RegistryError
        If there is no earlier model, or none that still exists.
    """
    settings = get_settings(settings)
    with alone(settings, LOCK):
        changes, now, before = _changes(settings), in_use(settings), earlier(settings)
        if before is None:
            raise RegistryError(
                "There is no earlier model to go back to.",
                where=f"model {now}",
                remedy="Choose one from the list of models.",
            )
        change = _add(settings, changes, replace(_promotion(before, now, who, note), back=True))
    _record(change, settings)
    return change


def delete_bundle(name: str, settings: Settings | None = None) -> None:
    """Delete a model for good. Results it has made stay as they are.

    Raises
    ------
    BundleError
        If there is no such model.
    RegistryError
        If it is in use, or is the one to fall back on.
    """
    settings = get_settings(settings)
    with alone(settings, LOCK):
        folder = settings.models_dir / check_name(name)
        if not folder.is_dir() or folder.is_symlink():
            raise _no_model(name)
        if name == in_use(settings):
            raise RegistryError(
                "This model is in use: new exports are scored with it.",
                where=f"model {name}",
                remedy="Use another model first, then delete this one.",
            )
        if name == settings.bundle:
            raise RegistryError(
                "This is the default model, used when no other is chosen.",
                where=f"model {name}",
                remedy="Set another with PREDICTOR_BUNDLE first.",
            )
        # It vanishes at once; freeing its space may take a moment.
        doomed = folder.with_name(f".{name}-{secrets.token_hex(4)}")
        with writing(settings):
            folder.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)
    record("deleted", name, settings=settings, kind="model")


def _record(change: Promotion, settings: Settings) -> None:
    """Tell the audit log: whoever asks now, and the name that was given."""
    told = {"previous": change.previous, "for": change.who, "note": change.note, "back": change.back}
    record("model_promoted", change.bundle, settings=settings, **told)


def _no_model(name: str) -> BundleError:
    return BundleError(
        "Model not found.", where=f"model {name}", remedy="It may have been deleted; check the list."
    )


def _promotion(bundle: str, previous: str, who: str, note: str) -> Promotion:
    return Promotion(
        bundle=bundle,
        previous=previous,
        at=datetime.now(UTC),
        who=_line(who, MAX_WHO) or NOBODY,
        note=_line(note, MAX_NOTE),
    )


def _line(text: str, longest: int) -> str:
    return " ".join(text.split())[:longest]


def _alarms(alarms: tuple[Mapping[str, Any], ...]) -> str:
    titles = [
        str(alarm.get("title") or alarm.get("text") or alarm.get("kind")).rstrip(".") for alarm in alarms
    ]
    return f"{'; '.join(titles)}."


def _exists(name: str, settings: Settings) -> bool:
    return (settings.models_dir / name / MANIFEST_FILE).is_file()


def _trail(settings: Settings) -> tuple[str, ...]:
    """Return the models that stand behind the one in use, the latest first, as steps back leave them."""
    trail: list[str] = []
    for change in _changes(settings):
        if change.back and change.bundle in trail:
            # A step back forgets what came after the model it went to.
            while trail[-1] != change.bundle:
                trail.pop()
            continue
        if not trail or trail[-1] != change.previous:
            trail.append(change.previous)
        trail.append(change.bundle)
    return tuple(reversed(trail))


def _changes(settings: Settings) -> tuple[Promotion, ...]:
    """Return the changes, oldest first; read again only when the file is another one."""
    path = settings.models_dir / FILE
    try:
        stat = path.stat()
    except OSError:
        return ()
    stamp = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
    with _reading:
        kept = _read.get(path)
        if kept is None or kept[0] != stamp:
            kept = (stamp, _parsed(path))
            _read[path] = kept
    return kept[1]


def _parsed(path: Path) -> tuple[Promotion, ...]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["format_version"] != FORMAT_VERSION:
            raise ValueError(told["format_version"])
        changes = tuple(Promotion.from_dict(change) for change in told["changes"])
        for change in changes:
            check_name(change.bundle)
            check_name(change.previous)
    except (OSError, ValueError, KeyError, TypeError, BundleError) as error:
        raise RegistryError(
            "The record of the model in use is damaged.",
            where=f"{FILE} in the models folder",
            remedy="Restore it, or remove it to use the default model.",
        ) from error
    return changes


def _add(settings: Settings, changes: tuple[Promotion, ...], change: Promotion) -> Promotion:
    told = {
        "format_version": FORMAT_VERSION,
        "changes": [kept.to_dict() for kept in (*changes, change)],
    }
    with writing(settings), atomic_write(settings.models_dir / FILE) as partial:
        partial.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return change
