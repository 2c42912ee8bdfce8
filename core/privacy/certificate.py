"""The certificate of a deletion: as JSON, as a table, and as a page that can be printed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from core.base.formulas import harmless
from core.base.html import render
from core.base.shop import written_time


def as_json(told: Mapping[str, Any] | None) -> str:
    """Return plain data as JSON; moments as ISO 8601."""
    return json.dumps(told, indent=1, ensure_ascii=False, default=_plain) + "\n"


def as_csv(told: Mapping[str, Any]) -> str:
    """Return a certificate's places as a table that a spreadsheet opens."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["Place", "Deleted"])
    for place in told["places"]:
        writer.writerow([harmless(str(place["place"])), place["deleted"]])
    return text.getvalue()


def as_page(told: Mapping[str, Any]) -> str:
    """Return a certificate as one HTML file."""
    return render(
        "core/privacy/templates/certificate.html",
        told=told,
        done_at=written_time(datetime.fromisoformat(str(told["done_at"]))),
        asked_at=written_time(datetime.fromisoformat(str(told["asked_at"]))),
    )


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
