"""The address of a result: its filters, what its charts show, its table's order, and which tab is open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast
from urllib.parse import parse_qsl, quote, urlencode

from components.figures.results import MEASURES
from components.results.filters import MEASURE
from core.results.filters import COLUMN, Filters
from core.storage import Result, get_store

PATH = "/results"

DEFAULT_MEASURE = "sessions"
View = Literal["overview", "sessions"]


def page_query(filters: Filters, measure: str) -> str:
    """Return filters and measure as the address has them, without the table's order."""
    query = filters.only_filters().to_query()
    if measure == DEFAULT_MEASURE or measure not in MEASURES:
        return query
    return "&".join(filter(None, [query, urlencode({MEASURE: measure})]))


def address(route: str, query: str, sort: str, shown: View = "overview") -> dict[str, str]:
    """Return the whole address, as ``writeAddress`` takes it; it names its tab where it might be another."""
    parts = [query, f"sort={quote(sort, safe=',')}" if sort else ""]
    whole = "&".join(filter(None, parts))
    if view_of(dict(parse_qsl(whole))) != shown or shown == "sessions":
        whole = "&".join(filter(None, [f"view={shown}", whole]))
    return {"pathname": f"{PATH}/{route}", "query": whole}


def view_of(query: Mapping[str, Any]) -> View:
    """Return which tab an address means; one with the table's order or its own filters is the table's.

    Those were written before the table had a tab of its own.
    """
    if query.get("view") in ("overview", "sessions"):
        return cast("View", query["view"])
    return "sessions" if "sort" in query or any(name.startswith(COLUMN) for name in query) else "overview"


def find_result(result_id: str) -> Result:
    """Return the result an address names; ``latest`` is the newest.

    Raises
    ------
    NotFoundError
        If there is no such result.
    """
    store = get_store()
    if result_id == "latest" and (latest := store.latest_result()):
        return latest
    return store.result(result_id)


def arguments(query: str | None) -> dict[str, str]:
    """Read the arguments of an address."""
    return dict(parse_qsl((query or "").removeprefix("?")))
