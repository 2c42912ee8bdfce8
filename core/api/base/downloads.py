"""Answers that a browser saves as a file."""

from __future__ import annotations

from urllib.parse import quote


def attachment(name: str) -> dict[str, str]:
    """Return the headers that save an answer under a name, whatever letters it has (RFC 6266, RFC 8187)."""
    return {"content-disposition": f"attachment; filename*=utf-8''{quote(name, safe='')}"}
