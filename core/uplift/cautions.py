"""What has to be known before a campaign's effect is believed: who is listed, and what speaks against it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.base.libraries.lean_imports import scipy_special
from core.base.written import agree, decimals, number, percent
from core.stats import two_groups
from core.uplift.outcome_records import Outcomes

#: From here on the groups' predicted probabilities differ more than the draw explains.
UNLIKELY = 0.01
#: Below this share of the file's ids that are known, it is probably another audience's.
FEW_MATCHED = 0.5
#: So unequal listings are no accident: tests of a sample's ratio ask for more than the usual 5%, as they are
#: made for every campaign (Fabijan et al. 2019, "Diagnosing Sample Ratio Mismatch").
UNEQUAL = 0.001
#: From this share of a group's revenue on, one customer decides what the campaign seems to have brought.
MOST_OF_REVENUE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """How many of each group the outcomes name, in a sentence, and whether both are listed alike.

    ``p_value`` is the sample-ratio test's; None where listing is itself an outcome: only buyers are listed,
    or those who came back.
    """

    sentence: str
    p_value: float | None

    @property
    def is_unequal(self) -> bool:
        """Whether chance doesn't list the groups so unequally."""
        return self.p_value is not None and self.p_value < UNEQUAL


def listing(found: Outcomes) -> Listing:
    """Return how many of each group are listed; of outcomes as they were read, with nobody left out."""
    sides = {"contacted": found.treated, "held out": found.held_out}
    sentence = "Listed in the outcomes: {}.".format(
        ", ".join(
            f"{number(side.listed)} of {number(side.n)} {name}"
            + (f" ({percent(side.listed / side.n, 1)})" if side.n else "")
            for name, side in sides.items()
        )
    )
    listed = found.treated.listed + found.held_out.listed
    if not found.treated.n or not found.held_out.n or not listed:
        return Listing(sentence=sentence, p_value=None)
    if not found.from_file:
        return Listing(sentence=f"{sentence} These are the visitors who came back.", p_value=None)
    if listed == found.treated.buyers + found.held_out.buyers:
        only = "Everyone listed bought, so it can't be checked whether both groups are complete."
        return Listing(sentence=f"{sentence} {only}", p_value=None)
    p_value = float(
        two_groups.sample_ratio(
            found.treated.listed, found.treated.n, found.held_out.listed, found.held_out.n
        )
    )
    if p_value < UNEQUAL:
        sentence += (
            " Chance alone wouldn't list the groups so unequally: people from one group are missing from "
            "the file. Find out why before reading on; the effect below may come from that."
        )
    return Listing(sentence=sentence, p_value=p_value)


def cautions(found: Outcomes) -> tuple[str, ...]:
    """Return what speaks against reading the effect off these outcomes."""
    told = list(found.warnings)
    if found.held_out.contacted:
        many = found.held_out.contacted
        told.append(
            f"{number(many)} of the hold-out {'was' if many == 1 else 'were'} contacted anyway, "
            "so the effect looks smaller than it is."
        )
    if found.treated.contacted is not None and found.treated.contacted < found.treated.listed:
        left = found.treated.listed - found.treated.contacted
        told.append(
            f"{number(left)} {agree(left, 'person', 'people')} on the contact list "
            f"{agree(left, 'was', 'were')} not contacted. They still count as contacted: leaving them out "
            "would bias the comparison."
        )
    told += _few_customers(found)
    chance = balance(found)
    if chance is not None and chance < UNLIKELY:
        likelier = (found.treated.probability or 0.0) > (found.held_out.probability or 0.0)
        told.append(
            f"Before the campaign, the {'contacted' if likelier else 'hold-out'} were likelier to buy "
            f"({percent(found.treated.probability or 0.0, 2)} predicted for the contacted, "
            f"{percent(found.held_out.probability or 0.0, 2)} for the hold-out), more than a random split "
            "explains. Part of the difference isn't the campaign's."
        )
    if not found.from_file and not found.matched:
        told.append("Nobody in this audience appears in that result. Are visitor ids written the same way?")
    # A later export has everybody in it; a file is made for the audience.
    if found.from_file and found.ids and found.matched < FEW_MATCHED * found.ids:
        told.append(
            f"Only {number(found.matched)} of {number(found.ids)} ids are in this audience. Is this the "
            "right file?"
        )
    return tuple(told)


def balance(found: Outcomes) -> float | None:
    """Return how likely a random draw makes the groups' predicted probabilities differ so much."""
    one, other = found.treated, found.held_out
    if one.probability is None or other.probability is None or one.n < 2 or other.n < 2:
        return None
    spread = (one.variance or 0.0) / one.n + (other.variance or 0.0) / other.n
    if spread <= 0:
        return None
    return float(2 * scipy_special().ndtr(-abs(one.probability - other.probability) / math.sqrt(spread)))


def _few_customers(found: Outcomes) -> list[str]:
    """Say where one customer paid most of what a group did."""
    told = []
    for name, side in (("contacted", found.treated), ("held out", found.held_out)):
        if side.largest is None or side.buyers < 2 or not side.revenue:
            continue
        share = side.largest / side.revenue
        if share > MOST_OF_REVENUE:
            told.append(
                f"One customer paid {percent(min(share, 1.0), 0)} of all revenue of the {name} "
                f"({decimals(side.largest, 2)} of {decimals(side.revenue, 2)}). Revenue and profit depend "
                "on that one; judge by the number of buyers."
            )
    return told
