"""Outcomes that are kept with their audience."""

from __future__ import annotations

from core.audiences.members import Members
from core.base.errors import UpliftError
from core.storage import Audience, KeptOutcomes, get_store
from core.uplift.outcome_records import Outcomes
from core.uplift.outcome_table import MOST_BYTES


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
        f"The file has {size / 2**20:.1f} MB; here it may have {MOST_BYTES // 2**20}.",
        where=filename,
        remedy="Keep the rows of buyers only, or upload it as an export and choose it as a later result.",
    )
