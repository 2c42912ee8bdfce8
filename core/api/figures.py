"""What the pages of a result show, as figures: sums and groups, its clusters, its funnel, its sessions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from hashlib import sha256
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from core.api.base.paging import Cursor, CursorError, Page, read_cursor, write_cursor
from core.api.base.permissions import needs
from core.audit import record
from core.base.errors import NotFoundError, SchemaError
from core.base.settings import get_settings
from core.journeys.funnel import funnel, splits
from core.results.clusters.profiles import ClusterView
from core.results.filters import CHOICES, Filters
from core.results.footer import KNOWN, extra_columns
from core.results.sources import find_source
from core.results.sums import Sums
from core.results.table import rows
from core.results.table.ag_grid import GridRequest
from core.results.view import ResultView
from core.storage import Result, get_store

router = APIRouter(prefix="/api/results", tags=["results"], dependencies=[needs("results.read")])

#: Arguments of these routes that are no filters.
_OURS = frozenset({"cursor", "limit", "by"})
FILTERED = (
    "Any filter of the results page besides, as its address has it: `cluster=2&min_p=0.4&device=mobile`."
)


class Figures(BaseModel):
    """Sessions taken together; amounts in the result's currency, null where nothing is known."""

    n: int = Field(description="Sessions.")
    predicted_buyers: int = Field(description="Likely buyers: at or above the cut-off.")
    probability: float | None = Field(description="Average probability of a purchase.")
    expected_revenue: float
    predicted_revenue: float
    n_known: int = Field(description="Sessions whose outcome the export has.")
    buyers: int = Field(description="Those of them that bought.")
    n_revenue: int
    revenue: float | None


class FigureGroup(BaseModel):
    """The sessions that share a value."""

    key: str | int | date | None = Field(description="The value; null stands for unknown.")
    label: str | None = Field(description="The value's name, if it has one.")
    figures: Figures


class Breakdown(BaseModel):
    """The filtered sessions, as a whole and by one column."""

    filters: dict[str, str] = Field(description="The filters, as they were understood.")
    figures: Figures
    by: str | None
    groups: list[FigureGroup]


class Cluster(BaseModel):
    """A kind of visit; `low` and `high` bound an observed conversion (95% Wilson interval)."""

    cluster_id: int
    name: str
    n: int
    share: float
    n_known: int
    conversion: float | None
    low: float | None
    high: float | None
    revenue: float | None


class Clusters(BaseModel):
    """The clusters of a result, largest first; whether conversion and revenue were observed, or predicted."""

    clusters: list[Cluster]
    n: int
    conversion: float | None
    conversion_observed: bool
    revenue_observed: bool


class Stage(BaseModel):
    """How many sessions reached a stage; `share` is `passed` of `before`, with its 95% Wilson interval."""

    stage: str
    n: int
    before: int
    passed: int
    share: float | None
    low: float | None
    high: float | None


class StageGroup(BaseModel):
    """The funnel of the sessions that share a value."""

    key: str | int | None
    label: str | None
    n: int
    stages: list[Stage]


class FunnelAnswer(BaseModel):
    """The funnel of the filtered sessions and of its largest groups; `left_out` groups are smaller."""

    whole: StageGroup
    groups: list[StageGroup]
    left_out: int


class SessionPage(Page[dict[str, Any]]):
    """A page of scored sessions; `extra` of each holds the export's own columns."""

    total: int = Field(description="How many sessions the filters mean.")
    filters: dict[str, str] = Field(description="The filters, as they were understood.")


By = Literal["day", "cluster", "country", "country_group", "category", "device", "channel", "weekday", "hour"]


@router.get("/{result_id}/figures")
def figures(
    result_id: str, request: Request, by: Annotated[By | None, Query(description=FILTERED)] = None
) -> Breakdown:
    """Return what the filtered sessions come to, as a whole and by a column."""
    view, filters = ResultView(_finished(result_id, request).path), _filters(request)
    if by is not None and by != "day" and by != "cluster" and CHOICES[by] not in view.told:
        raise NotFoundError("The export doesn't say this.", where=by, remedy="Choose another column.")
    groups = view.groups(filters, by) if by else ()
    return Breakdown(
        filters=filters.to_dict(),
        figures=_figures(view.kpis(filters)),
        by=by,
        groups=[FigureGroup(key=each.key, label=each.label, figures=_figures(each.sums)) for each in groups],
    )


@router.get("/{result_id}/clusters")
def clusters(result_id: str, request: Request) -> Clusters:
    """Return the clusters of a result: size, conversion, revenue."""
    return Clusters(**asdict(ClusterView(_finished(result_id, request).path).outcomes()))


@router.get("/{result_id}/funnel")
def journey_funnel(
    result_id: str,
    request: Request,
    by: Annotated[str, Query(max_length=40, description=f"What to split it by. {FILTERED}")] = "cluster",
) -> FunnelAnswer:
    """Return how many sessions reach each stage, as a whole and by a column."""
    source = find_source(_finished(result_id, request).id)
    if by not in splits(source):
        raise NotFoundError(
            f"The funnel can't be split by “{by}”.",
            where="by",
            remedy=f"Use one of: {', '.join(splits(source))}.",
        )
    return FunnelAnswer(**asdict(funnel(source, _filters(request), by)))


@router.get("/{result_id}/predictions", dependencies=[needs("ids.read")])
def predictions(
    result_id: str,
    request: Request,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=1_000, description=f"Sessions on a page. {FILTERED}")] = 100,
) -> SessionPage:
    """Return scored sessions page by page, likeliest buyers first (or by `sort`, as the table's address).

    All pages are of one order: a cursor of other filters, or of a result that was written anew, is refused.
    """
    result, filters = _finished(result_id, request), _filters(request)
    view = ResultView(result.path)
    version = sha256(f"{result.id} {view.sessions.stamp} {filters.to_query()}".encode()).hexdigest()[:16]
    start = _start(cursor, version)
    asked = GridRequest(start=start, stop=start + limit, columns=filters.columns, sort=filters.sort)
    found, total = rows.page(view, filters, asked)
    names = {column.key: column.name for column in extra_columns(view.sessions)}
    record(
        "ids_downloaded", result.dataset_name, settings=get_settings(),
        kind="predictions", id=result.id, sessions=len(found), filtered=filters.any,
    )  # fmt: skip
    return SessionPage(
        items=[_row(row, names) for row in found],
        next=write_cursor(version, start + limit) if start + limit < total else None,
        total=total,
        filters=filters.to_dict(),
    )


def _finished(result_id: str, request: Request) -> Result:
    result = get_store(get_settings()).result(result_id)
    if result.state != "done":
        raise NotFoundError("This result isn't finished.", remedy="Wait until scoring is done.")
    return result


def _filters(request: Request) -> Filters:
    """Read the filters, and refuse what isn't understood: a program would never know that it was left out.

    Raises
    ------
    SchemaError
        If an argument is unknown, or its value no value of it.
    """
    filters = Filters.from_query(dict(request.query_params))
    understood = filters.to_dict()
    for name in request.query_params:
        if name not in _OURS and name not in understood:
            raise SchemaError(
                "This isn't a filter, or not with this value.",
                where=name[:80],
                remedy="Filter in the results page and copy its address.",
            )
    return filters


def _start(cursor: str | None, version: str) -> int:
    if cursor is None:
        return 0
    of, start = read_cursor(cursor, str, int)
    if of != version:
        raise CursorError("The result or the filters aren't those of the page before.")
    if not 0 <= start < 2**40:
        raise CursorError
    return int(start)


def _row(row: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return a session as JSON: what is no number is unknown, and the export's own columns are apart."""
    told = {name: _finite(value) for name, value in row.items()}
    extra = {name: told[key] for key, name in names.items()}
    return {name: told[name] for name in KNOWN if name in told} | {"extra": extra}


def _finite(value: Any) -> Any:  # noqa: ANN401 - a cell
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _figures(sums: Sums) -> Figures:
    return Figures(**{name: _finite(value) for name, value in asdict(sums).items()})
