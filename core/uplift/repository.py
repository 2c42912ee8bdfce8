"""Outcomes that are kept with their audience."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.audiences.members import Members
from core.base.errors import UpliftError
from core.base.written import decimals
from core.storage import Audience, KeptOutcomes, get_store
from core.uplift.outcome_records import Outcomes
from core.uplift.outcome_table import MOST_BYTES


def kept_before(audience: Audience, members: Members, found: Outcomes) -> KeptOutcomes | None:
    """Return outcomes kept earlier that say the same of the same people, whatever the file is called.

    Reading a file twice adds nothing: counts and sums of both groups, ids and columns are the same.
    """

    def said(told: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in told.items() if name != "source"}

    new = said(found.to_dict())
    for one in get_store().outcomes(audience.id):
        base = (one.figures.get("base") or {}).get("id", audience.result_id)
        known = Outcomes.from_dict(one.figures["outcomes"])
        if base == members.result_id and said(known.to_dict()) == new:
            return one
    return None


def keep(audience: Audience, members: Members, found: Outcomes, *, who: str = "") -> KeptOutcomes:
    """Keep outcomes, with the result the audience was applied to and the currency of its amounts."""
    figures = {
        "outcomes": found.to_dict(),
        "base": {"id": members.result_id, "name": members.result_name},
        "currency": found.currency or members.currency,
    }
    return get_store().add_outcomes(audience.id, figures=figures, who=who)


def too_large(filename: str, size: int) -> UpliftError:
    """Return what is said of a file that is too large for the page."""
    return UpliftError(
        f"The file is {decimals(size / 2**20, 1)} MB; the limit here is {MOST_BYTES // 2**20} MB.",
        where=filename,
        remedy="Keep only buyers, or upload it as an export and choose it under “From a later result”.",
    )
