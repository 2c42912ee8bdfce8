"""Country groups: the home market, the European Union, the rest of the world, unknown."""

from __future__ import annotations

from typing import Any

import ibis

from core.schema.countries import home_label
from core.schema.vocabulary import EU_MEMBERS, UNKNOWN_COUNTRIES


def country_group(country: Any, home_market: str) -> Any:  # noqa: ANN401 (Ibis columns)
    """Return the country group of a column of ISO codes."""
    code = country.upper()
    group = ibis.cases(
        (code.isnull() | code.isin(sorted(UNKNOWN_COUNTRIES)), "Unknown"),
        (code == home_market.upper(), home_label(home_market)),
        (code.isin(sorted(EU_MEMBERS)), "EU"),
        else_="Non-EU",
    )
    # A column that may be null, like its neighbours: DuckDB would mark it as never null in Parquet.
    return group.nullif("")
