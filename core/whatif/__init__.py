"""One imagined session: its form, what contradicts itself in it, examples, and the answer in words.

``core.whatif.scenario`` puts these together with a bundle and recorded sessions.
"""

from core.whatif.checks import Problem, check, usual_range
from core.whatif.form import Form, Value, Values
from core.whatif.presets import Preset, presets
from core.whatif.verdict import Verdict, in_a_hundred, verdict

__all__ = [
    "Form",
    "Preset",
    "Problem",
    "Value",
    "Values",
    "Verdict",
    "check",
    "in_a_hundred",
    "presets",
    "usual_range",
    "verdict",
]
