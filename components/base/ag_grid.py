"""What every AG Grid of the app has in common; its looks are in ``assets/css/25-grid.css``."""

from __future__ import annotations

from typing import Any

#: Of a row and of the header, in pixels.
ROW_HEIGHT = 36


def grid_options(**more: Any) -> dict[str, Any]:  # noqa: ANN401 - options are AG Grid's own
    """Return ``dashGridOptions``: text can be selected, nothing moves, an empty grid says so."""
    return {
        "rowHeight": ROW_HEIGHT,
        "headerHeight": ROW_HEIGHT,
        "animateRows": False,
        "enableCellTextSelection": True,
        "ensureDomOrder": True,
        "suppressMovableColumns": True,
        "suppressDragLeaveHidesColumns": True,
        "tooltipShowDelay": 400,
        "localeText": {"noRowsToShow": "No sessions match these filters."},
        **more,
    }
