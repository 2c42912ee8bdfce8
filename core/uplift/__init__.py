"""What a campaign has brought, told from those who were held out."""

from core.uplift.campaign import FEW_BUYERS, measure
from core.uplift.power import power_of, sample_size, smallest_effect
from core.uplift.records import Group, Needed, Uplift, Verdict

__all__ = [
    "FEW_BUYERS",
    "Group",
    "Needed",
    "Uplift",
    "Verdict",
    "measure",
    "power_of",
    "sample_size",
    "smallest_effect",
]
