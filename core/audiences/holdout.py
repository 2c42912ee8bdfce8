"""Who is held out: a draw by the id alone, the same today, tomorrow, on every machine.

An id is trimmed and lower-cased first, as ad platforms ask for before they hash (for Google and Meta by
name, as `core.schema.contact_ids` says). The SHA-256 of the
audience's key (``salt``) and the id gives a number from 0 to 1, evenly spread; whose number is below the
share is held out. So the same id is in the same group in tomorrow's export, nobody changes groups when
an audience is exported twice, and a larger share keeps those already held out and adds others. Another
key draws anew.
"""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

from core.base.normal_ids import normal_id, normal_sql
from core.base.shop import shop_settings
from core.base.sql import literal
from core.results.query import CONTACT_ID
from core.schema.contact_ids import PLATFORMS

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: What stands in the column ``group`` of an export.
TREATED = "treated"
HELD_OUT = "held out"
GROUPS = (TREATED, HELD_OUT)

#: The first hexadecimal digits of the hash make the number: 52 bits fit into a float without rounding.
DIGITS = 13
SPAN = float(16**DIGITS)


def draw(raw: str, salt: str) -> float:
    """Return the number of an id, from 0 to 1: of a single one, as ``draw_sql`` draws it."""
    digest = hashlib.sha256(f"{salt}{normal_id(raw)}".encode("utf-8", "surrogatepass")).hexdigest()
    return int(digest[:DIGITS], 16) / SPAN


def held_out(drawn: Numbers, share: float) -> Flags:
    """Tell of each number drawn (from 0 to 1) whether whoever drew it is held out: decided here alone."""
    return np.asarray(drawn < share)


def spelt_sql(column: str, form: str) -> str:
    """Return SQL for an id as it is told apart, drawn and hashed: as its platform does where it has one."""
    if form not in PLATFORMS:
        return normal_sql(column)
    return f"{CONTACT_ID}({column}, {literal(form)}, {literal(shop_settings().home_market)})"


def draw_sql(normal: str) -> str:
    """Return SQL for the number of a normal id; the salt is its one parameter."""
    return f"CAST('0x' || left(sha256(CAST(? AS VARCHAR) || {normal}), {DIGITS}) AS BIGINT) / {SPAN!r}"
