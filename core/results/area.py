"""Areas drawn on the map of sessions: how an address writes them, and which sessions lie within.

An area is a polygon in the map's coordinates (``cluster_x``, ``cluster_y``). Its outline may cross itself:
what lies within is told by the even-odd rule, as when it is drawn.
"""

from __future__ import annotations

import math

Corner = tuple[float, float]
Area = tuple[Corner, ...]

#: Corners an area has at least and at most; an address stays short enough for every browser and mail.
FEWEST, MOST = 3, 60
#: Decimals of a coordinate: the map is some ten units wide and a thousand dots.
DECIMALS = 3
#: Coordinates beyond this are no place on any map.
FARTHEST = 1e6


def read_area(text: str | None) -> Area:
    """Read an area (``x:y,x:y,...``); empty where it is none."""
    parts = (text or "").split(",")
    if not FEWEST <= len(parts) <= MOST:
        return ()
    corners = tuple(corner for part in parts if (corner := _corner(part)))
    return corners if len(corners) == len(parts) and len(set(corners)) >= FEWEST else ()


def write_area(area: Area) -> str:
    """Write an area as the address has it."""
    return ",".join(f"{_plain(x)}:{_plain(y)}" for x, y in area)


def area_sql(area: Area) -> tuple[str, list[object]]:
    """Return the condition that a session lies within, and its parameters.

    A ray to the right crosses the outline an odd number of times; a corner belongs to the edge that goes up
    from it alone, so that none is counted twice. Sessions that are not on the map lie in no area.
    """
    xs, ys = [x for x, _ in area], [y for _, y in area]
    x, y = "CAST(cluster_x AS DOUBLE)", "CAST(cluster_y AS DOUBLE)"
    crossings: list[str] = []
    params: list[object] = [min(xs), max(xs), min(ys), max(ys)]
    for (x1, y1), (x2, y2) in zip(area, (*area[1:], area[0]), strict=True):
        if y1 == y2:
            continue
        crossings.append(f"CAST({y} >= ? AND {y} < ? AND {x} < ? + ({y} - ?) * ? AS INTEGER)")
        params += [min(y1, y2), max(y1, y2), x1, y1, (x2 - x1) / (y2 - y1)]
    inside = f"({' + '.join(crossings)}) % 2 = 1" if crossings else "false"
    # Only what lies in the box around it is looked at closely.
    return f"CASE WHEN {x} BETWEEN ? AND ? AND {y} BETWEEN ? AND ? THEN {inside} ELSE false END", params


def _corner(part: str) -> Corner | None:
    first, parted, second = part.partition(":")
    try:
        x, y = float(first), float(second)
    except ValueError:
        return None
    if not parted or not all(math.isfinite(value) and abs(value) <= FARTHEST for value in (x, y)):
        return None
    # Adding nothing makes a zero of a negative one.
    return round(x, DECIMALS) + 0.0, round(y, DECIMALS) + 0.0


def _plain(value: float) -> str:
    return f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")
