"""The program itself: Python, its packages beside their pins, settings that nobody reads, optional parts."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from core.base.settings import ROOT, Settings
from core.monitoring.doctor.finding import Finding

OLDEST = (3, 11)
_PIN = re.compile(r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)", re.MULTILINE)
#: What is needed by those who use it: the module, the file of requirements, and what for.
OPTIONAL = {
    "s3fs": ("requirements-s3.txt", "exports from S3"),
    "apprise": ("requirements-apprise.txt", "messages by e-mail and chat"),
    "confluent_kafka": ("requirements-kafka.txt", "live events from Kafka"),
    "pyspark": ("requirements-spark.txt", "scoring on Spark"),
}


def python() -> Iterator[Finding]:
    """Look at Python's version."""
    here = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST:
        yield Finding(
            "python", "wrong", f"Python {here} runs; 3.11 or newer is needed.", "Install a newer one."
        )
    else:
        yield Finding("python", "ok", f"Python {here}.")


def packages() -> Iterator[Finding]:
    """Compare what is installed with what the product is tried with."""
    pins = _PIN.findall((ROOT / "requirements.txt").read_text(encoding="utf-8"))
    other = []
    for name, wanted in pins:
        try:
            found = version(name)
        except PackageNotFoundError:
            yield Finding("packages", "wrong", f"{name} is not installed.", _install("requirements.txt"))
            continue
        if found != wanted:
            other.append(f"{name} {found} instead of {wanted}")
    if other:
        told = ", ".join(other)
        yield Finding(
            "packages", "warning", f"Other versions than tried: {told}.", _install("requirements.txt")
        )
    else:
        yield Finding("packages", "ok", f"{len(pins)} packages are as pinned.")


def misspelt() -> Iterator[Finding]:
    """Look for variables that are named like settings and are none."""
    known = {f"PREDICTOR_{name.upper()}" for name in Settings.model_fields}
    # Read by programs beside the server: clients and replays.
    known |= {"PREDICTOR_WRITE_KEY", "PREDICTOR_SECRET_KEY"}
    for name in sorted(os.environ):
        if name.startswith("PREDICTOR_") and name not in known:
            close = get_close_matches(name, known, n=1)
            remedy = f"Did you mean {close[0]}?" if close else "Remove it."
            yield Finding("settings", "warning", f"{name} is set and is no setting.", remedy)


def optional_parts(settings: Settings) -> Iterator[Finding]:
    """Say which optional parts are there, and whether one that is used is missing."""
    wanted = {"s3fs"} if any("://" in source for source in settings.sources) else set()
    for module, (file, purpose) in OPTIONAL.items():
        if find_spec(module) is not None:
            yield Finding("optional parts", "ok", f"Installed for {purpose}: {module}.")
        elif module in wanted:
            yield Finding(
                "optional parts",
                "wrong",
                f"Needed for {purpose} and not installed: {module}.",
                _install(file),
            )
    if find_spec("pyspark") is not None and shutil.which("java") is None:
        yield Finding("optional parts", "warning", "Scoring on Spark needs Java, which isn't found.")


def _install(file: str) -> str:
    return f"{sys.executable} -m pip install -r {file}"
