"""Why a prediction is as it is: what each feature adds to it, exactly, and the strongest in words."""

from core.explain.attribution import Target
from core.explain.explained import Contribution, Explained, Explanation, explain, explain_one
from core.explain.interaction import strongest_interaction
from core.explain.likely import Likely, likeliest
from core.explain.ranking import Importance, importance
from core.explain.sampling import Sample, sampled
from core.explain.sentences import Reason, reason_columns, reason_schema, reasons, reasons_of, strongest
from core.explain.words import points_text

__all__ = [
    "Contribution",
    "Explained",
    "Explanation",
    "Importance",
    "Likely",
    "Reason",
    "Sample",
    "Target",
    "explain",
    "explain_one",
    "importance",
    "likeliest",
    "points_text",
    "reason_columns",
    "reason_schema",
    "reasons",
    "reasons_of",
    "sampled",
    "strongest",
    "strongest_interaction",
]
