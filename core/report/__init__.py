"""What a report of a result is made of: everything its pages say, gathered for one file.

Nothing here writes HTML; ``components.report.page`` does. All answers are those of the results page, so that
the file and the page never tell different numbers.
"""

from core.report.prediction_interval import Chances, TopShare, prediction_intervals, top_shares
from core.report.prepare import prepare
from core.report.scene import MAX_SHOP, Scene, open_scene

__all__ = [
    "MAX_SHOP",
    "Chances",
    "Scene",
    "TopShare",
    "open_scene",
    "prediction_intervals",
    "prepare",
    "top_shares",
]
