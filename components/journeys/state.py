"""What the journeys page shows, as its address says it: ``?view=purchase&steps=4&level=category&...``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self, get_args
from urllib.parse import urlencode

from core.base.errors import CoreError
from core.journeys.funnel import SPLITS
from core.journeys.paths import LEVELS, Level, Paths, paths_of
from core.journeys.steps import FEWEST, MOST_STEPS, STEPS, View
from core.results.filters import Filters
from core.results.sources import Source
from core.results.view import ResultView

#: Ids of this page's controls, of its buttons and of the charts in which a click filters.
CONTROL, CHIP, CHART, CLUSTER = "journeys-control", "journeys-chip", "journeys-chart", "journeys-cluster"
#: Names of controls that stand beside what they change.
BY, LIKELY = "by", "likely"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the page looks at the filtered sessions.

    ``level`` None is the export's usual one; ``likely`` is the probability from which on a session is
    likely to buy, None for the result's threshold.
    """

    view: View = "first"
    steps: int = STEPS
    level: Level | None = None
    merge: bool = True
    by: str = "cluster"
    likely: float | None = None

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> tuple[Self, list[str]]:
        """Read an address's arguments; what can't be used is left out, and said in a sentence each."""
        told = {name: value[-1] if isinstance(value, list) else value for name, value in query.items()}
        found, notes = cls(), []
        for name in (field.name for field in fields(cls)):
            text = str(told.get(name) or "").strip()
            if not text:
                continue
            value = _read(name, text)
            if value is None:
                notes.append(f"“{text[:40]}” isn't a value of “{name}”.")
            else:
                found = replace(found, **{name: value})
        return found, notes

    def to_dict(self) -> dict[str, str]:
        """Return the address's arguments, only those that differ from what is shown without them."""
        usual = type(self)()
        written = {
            "view": self.view,
            "steps": str(self.steps),
            "level": self.level or "",
            "merge": "yes" if self.merge else "no",
            "by": self.by,
            "likely": "" if self.likely is None else f"{self.likely:.12g}",
        }
        return {name: text for name, text in written.items() if getattr(self, name) != getattr(usual, name)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The sessions the page is about; where their steps are not known, ``paths`` are not, and why."""

    source: Source
    view: ResultView
    paths: Paths | None
    missing: CoreError | None = None

    @classmethod
    def of(cls, source: Source) -> Self:
        """Return the scene of a source."""
        view = ResultView(source.path)
        try:
            return cls(source=source, view=view, paths=paths_of(source))
        except CoreError as error:
            return cls(source=source, view=view, paths=None, missing=error)


def page_query(look: Look, filters: Filters) -> str:
    """Return what the page shows as its address has it, without the source."""
    return "&".join(filter(None, [urlencode(look.to_dict()), filters.only_filters().to_query()]))


def _read(name: str, text: str) -> Any:  # noqa: ANN401 (a value of any of the fields)
    if name == "steps":
        known = text.isascii() and text.isdigit() and len(text) < 4
        return int(text) if known and FEWEST <= int(text) <= MOST_STEPS else None
    if name == "merge":
        return {"yes": True, "no": False}.get(text)
    if name == "likely":
        return _share(text)
    allowed = {"view": get_args(View), "level": LEVELS, "by": SPLITS}[name]
    return text if text in allowed else None


def _share(text: str) -> float | None:
    try:
        share = float(text)
    except ValueError:
        return None
    return share if 0 < share <= 1 else None
