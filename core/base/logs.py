"""How log lines are written to stderr: as text for people, or as one JSON object a line for a collector.

Each carries the id of the request it is about. None carries personal data: an e-mail address, a network
address, or what an error quotes from a file is left out.
"""

from __future__ import annotations

import json
import logging
import logging.config
import re
import traceback
from datetime import UTC, datetime
from functools import partial
from typing import Any

from core.base.request_id import request_id
from core.base.settings import Settings

#: Of a record, what a caller adds with ``extra={"fields": {...}}``.
FIELDS = "fields"
_PERSONAL = (
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "[e-mail]"),
    (re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])"), "[address]"),
    (re.compile(r"(?<![\w:])(?:[0-9A-Fa-f]{1,4}:){3,7}(?::?[0-9A-Fa-f]{1,4})?(?![\w:])"), "[address]"),
    (re.compile(r"(?<![\w.])\+\d[\d ()/-]{6,}\d"), "[phone]"),
)
#: What an error quotes is most often a cell of somebody's file.
_QUOTED = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"")
#: Loopback, and the address of everything, say nothing of anybody.
_OURS = re.compile(r"127\.\d+\.\d+\.\d+|0\.0\.0\.0")


def without_personal_data(text: str) -> str:
    """Return a text without what could be somebody's address or number."""
    for pattern, instead in _PERSONAL:
        text = pattern.sub(partial(_masked, instead), text)
    return text


def _masked(instead: str, match: re.Match[str]) -> str:
    return match[0] if _OURS.fullmatch(match[0]) else instead


def told(error: BaseException | None) -> dict[str, Any] | None:
    """Return an error and what it came of: kinds, messages without what they quote, and where in the code."""
    if error is None:
        return None
    frames = [
        f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)
    ]
    return {
        "kind": f"{type(error).__module__}.{type(error).__qualname__}",
        "message": without_personal_data(_QUOTED.sub("[…]", str(error))),
        "frames": frames,
        "cause": told(error.__cause__ or (None if error.__suppress_context__ else error.__context__)),
    }


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as JSON."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_personal_data(record.getMessage()),
            "process": record.process,
            **({"request_id": request_id()} if request_id() else {}),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info:
            line["error"] = told(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False, default=str)


class TextFormatter(logging.Formatter):
    """The same for a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a record as a line, with the error below it."""
        moment = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        about = f" [{request_id()}]" if request_id() else ""
        fields = "".join(f" {name}={value}" for name, value in getattr(record, FIELDS, {}).items())
        message = without_personal_data(record.getMessage())
        text = f"{moment} {record.levelname.lower()} {record.name}{about}: {message}{fields}"
        if record.exc_info:
            text += "\n" + _as_text(told(record.exc_info[1]))
        return text


def _as_text(error: dict[str, Any] | None) -> str:
    lines = []
    while error is not None:
        lines += [*(f"  {frame}" for frame in error["frames"]), f"{error['kind']}: {error['message']}"]
        error = error["cause"]
    return "\n".join(lines)


def logging_config(settings: Settings) -> dict[str, Any]:
    """Return what ``logging.config.dictConfig`` and gunicorn take."""
    formatter = JsonFormatter if settings.log_format == "json" else TextFormatter
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"own": {"()": formatter}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "own"}
        },
        "root": {"level": settings.log_level.upper(), "handlers": ["stderr"]},
        "loggers": {
            # gunicorn gives these handlers of its own unless they are named here.
            "gunicorn.error": {"level": settings.log_level.upper(), "handlers": [], "propagate": True},
            "gunicorn.access": {"level": "WARNING", "handlers": [], "propagate": False},
        },
    }


def set_up_logging(settings: Settings) -> None:
    """Write this process's log as the settings say."""
    logging.config.dictConfig(logging_config(settings))
