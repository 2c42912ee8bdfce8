"""Keyed hashes in the place of ids: the same id has the same one in every export, and nobody can go back.

It is HMAC-SHA256 with a key in the data folder. Whoever has the key can find out which one an id has; without
it, not even somebody who knows all the shop's customers can.
"""

from __future__ import annotations

import hmac
import re
import secrets
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from core.base.normal_ids import normal_id, normal_sql
from core.base.settings import Settings
from core.base.shop import shop_settings
from core.base.sql import literal
from core.security.files import create_private

FILE = "pseudonym.key"
#: What a pseudonym begins with, so that it is known, and how many hexadecimal digits follow.
PREFIX, DIGITS = "p_", 32
_MADE = re.compile(rf"{PREFIX}[0-9a-f]{{{DIGITS}}}")
_BLOCK = 64


def pseudonym(raw: str, settings: Settings) -> str:
    """Return what stands for an id; of one that is a pseudonym already, the same."""
    plain = normal_id(raw)
    if _MADE.fullmatch(plain):
        return plain
    digest = hmac.new(_key(settings.data_dir), plain.encode("utf-8", "surrogatepass"), sha256).hexdigest()
    return f"{PREFIX}{digest[:DIGITS]}"


def pseudonym_sql(column: str, settings: Settings) -> str:
    """Return SQL for the pseudonym of a column of text; null stays null, and so does an empty text."""
    key = _key(settings.data_dir)
    inner, outer = (bytes(byte ^ pad for byte in key.ljust(_BLOCK, b"\0")).hex() for pad in (0x36, 0x5C))
    plain = normal_sql(column)
    digest = f"sha256(unhex('{outer}') || unhex(sha256(unhex('{inner}') || encode({plain}))))"
    return (
        f"CASE WHEN {column} IS NULL OR {plain} = '' THEN NULL "
        f"WHEN regexp_full_match({plain}, {literal(_MADE.pattern)}) THEN {plain} "
        f"ELSE '{PREFIX}' || left({digest}, {DIGITS}) END"
    )


def is_pseudonym_sql(column: str) -> str:
    """Return SQL for whether a column's text is a pseudonym."""
    return f"regexp_full_match({column}, {literal(_MADE.pattern)})"


def as_stored(raw: str, settings: Settings) -> str:
    """Return an id as it is kept: its pseudonym where ids are replaced as they come in."""
    return pseudonym(raw, settings) if shop_settings(settings).pseudonymise else raw


def has_key(settings: Settings) -> bool:
    """Tell whether any id has ever been replaced."""
    return (settings.data_dir / FILE).exists()


@lru_cache(maxsize=8)
def _key(folder: Path) -> bytes:
    return bytes.fromhex(create_private(folder / FILE, secrets.token_hex(32)))
