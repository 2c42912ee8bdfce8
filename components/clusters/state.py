"""What is chosen on the clusters page: read from an address, written to one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self
from urllib.parse import quote, urlencode

from components.base.query import single
from components.clusters.controls import NONE
from core.results.area import read_area, write_area
from core.results.clusters.crossed import sides
from core.results.clusters.over_time import STEPS
from core.results.clusters.profiles import ClusterView
from core.results.clusters.session_map import CLUSTER, colourings

#: The views of the page, in the order of their tabs.
VIEWS = {
    "map": "Map",
    "all": "All clusters",
    "two": "Compare two",
    "time": "Over time",
    "where": "Where and when",
    "path": "Typical journey",
    "why": "Why these clusters",
}
FIRST_VIEW = "map"
#: What crossings show.
MEASURES = {"sessions": "Sessions", "conversion": "Conversion", "revenue": "Revenue per session"}
FIRST_SIDES = ("cluster", "country_group", "weekday")

NOT_UNDERSTOOD = "This link's view, colour or comparison doesn't exist here; the default is shown."
BOTH = "This link names a cluster and an area of the map; the area is shown."


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What is chosen: the view, a cluster or an area of the map, and each view's own controls.

    ``area`` and ``frame`` (the part of the map that is seen) stay as the address writes them; ``other`` is
    the cluster to compare with, ``step`` of time, ``rows`` and ``columns`` are crossed, ``only`` of one
    cluster's sessions.
    """

    view: str = FIRST_VIEW
    cluster: int | None = None
    area: str = ""
    colour: str = CLUSTER.name
    frame: str = ""
    other: int | None = None
    step: str | None = None
    rows: str | None = None
    columns: str | None = None
    measure: str | None = None
    only: int | None = None

    def query(self, source_id: str) -> str:
        """Return the address's query, only what says something."""
        told: dict[str, Any] = {"source": source_id}
        for field in fields(self):
            value = getattr(self, field.name)
            if value != field.default:
                told[NAMES.get(field.name, field.name)] = value
        return urlencode(told, quote_via=quote, safe=",:")

    def having(self, **changes: Any) -> Self:  # noqa: ANN401 (a field's value)
        """Return it with something else chosen."""
        return replace(self, **changes)


#: Where the address has another word.
NAMES = {"other": "with"}


def read_choice(query: Mapping[str, Any], view: ClusterView) -> tuple[Choice, list[str]]:
    """Read an address; what is not known here falls back, which the notes say."""
    told = {name: single(value) for name, value in query.items()}
    if told.get("only") == NONE:
        del told["only"]
    sessions = view.sessions
    cluster, notes = view.choose(told.get("cluster"))
    area = write_area(read_area(told.get("area")))
    if area and cluster is not None:
        cluster, notes = None, [*notes, BOTH]
    crossable = sides(sessions)
    allowed: dict[str, tuple[str, ...]] = {
        "view": tuple(VIEWS),
        "colour": tuple(one.name for one in colourings(sessions)),
        "step": STEPS,
        "rows": tuple(crossable),
        "columns": tuple(crossable),
        "measure": tuple(MEASURES),
    }
    read: dict[str, Any] = {
        name: told[name] for name, known in allowed.items() if told.get(name) and told[name] in known
    }
    strange = any(told.get(name) and name not in read for name in allowed)
    other, _ = view.choose(told.get("with"))
    only, _ = view.choose(told.get("only"))
    strange |= any(told.get(name) and value is None for name, value in (("with", other), ("only", only)))
    strange |= bool(told.get("area")) and not area
    choice = Choice(
        cluster=cluster, area=area, frame=_frame(told.get("frame")), other=other, only=only, **read
    )
    return choice, [*notes, *([NOT_UNDERSTOOD] if strange else [])]


def crossing_of(choice: Choice, view: ClusterView) -> tuple[str, str, str]:
    """Return which sides are crossed and what is shown: as chosen, else as makes sense."""
    known = sides(view.sessions)
    usual = [name for name in FIRST_SIDES if name in known] + [n for n in known if n not in FIRST_SIDES]
    if choice.only is not None:
        usual = [name for name in usual if name != "cluster"] + ["cluster"]
    rows = choice.rows or next((name for name in usual if name != choice.columns), "cluster")
    columns = choice.columns or next((name for name in usual if name != rows), rows)
    return rows, columns, choice.measure or "conversion"


def pair_of(choice: Choice, view: ClusterView) -> tuple[int, int] | None:
    """Return the two clusters to compare: as chosen, else the largest ones; None if there is only one."""
    known = [cluster.cluster_id for cluster in view.outcomes().clusters]
    if len(known) < 2:
        return None
    first = choice.cluster if choice.cluster is not None else next(c for c in known if c != choice.other)
    second = choice.other if choice.other not in {None, first} else next(c for c in known if c != first)
    return first, int(second if second is not None else known[1])


def _frame(text: str | None) -> str:
    """Read the part of the map that is seen: two corners."""
    corners = [part.split(":") for part in (text or "").split(",")]
    try:
        values = [float(value) for corner in corners for value in corner]
    except ValueError:
        return ""
    fits = len(corners) == 2 and len(values) == 4 and all(abs(value) < 1e6 for value in values)
    return str(text) if fits and values[2] > values[0] and values[3] > values[1] else ""
