"""What a campaign has brought, told from those who were held out; and what a planned one could show."""

from core.uplift.campaign import FEW_BUYERS, Estimate, Group, Needed, Uplift, Verdict, measure
from core.uplift.planning import Plan, planned
from core.uplift.power import power_of, sample_size, smallest_effect

__all__ = [
    "FEW_BUYERS",
    "Estimate",
    "Group",
    "Needed",
    "Plan",
    "Uplift",
    "Verdict",
    "measure",
    "planned",
    "power_of",
    "sample_size",
    "smallest_effect",
]
