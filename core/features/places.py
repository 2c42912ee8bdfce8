"""Country groups: the home market, the European Union, the rest of the world, unknown."""

from __future__ import annotations

from typing import Any

import ibis

from core.vocabulary import EU_MEMBERS, UNKNOWN_COUNTRIES


def country_group(country: Any, home_market: str) -> Any:  # noqa: ANN401 (Ibis columns)
    """Return the country group of a column of ISO codes."""
    code = country.upper()
    return ibis.cases(
        (code.isnull() | code.isin(sorted(UNKNOWN_COUNTRIES)), "Unknown"),
        (code == home_market.upper(), home_label(home_market)),
        (code.isin(sorted(EU_MEMBERS)), "EU"),
        else_="Non-EU",
    )


def home_label(home_market: str) -> str:
    """Return what the home market's own group is called: its name in English."""
    if home_market.upper() == "DE":
        return "Germany"
    import pycountry

    found = pycountry.countries.get(alpha_2=home_market.upper())
    return str(getattr(found, "common_name", found.name)) if found else home_market.upper()
