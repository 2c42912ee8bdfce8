"""Words of the page of settings: what can be chosen, and what a change affects."""

from __future__ import annotations

from functools import lru_cache

from core.storage import SHOP_LABELS as LABELS

__all__ = ["EFFECTS", "LABELS", "countries", "currencies", "dates", "numbers", "weeks", "written"]

_NEW = "Applies to exports read from now on; existing results don't change."
_REMARKS = "Remarks on exports that were read before stay as they are."
EFFECTS = {
    "shop_name": "Appears at the top of reports from now on.",
    "currency": f"Used where an export doesn't name one. {_NEW}",
    "time_zone": (
        "Decides hours, weekdays and days of exports read from now on. Existing results keep their time "
        "zone, which their charts name; dates and times on pages change right away."
    ),
    "home_market": (
        f"Set apart from other countries. {_NEW} Retrain models that learned with another home market."
    ),
    "date_format": f"Pages and reports change right away; downloads keep ISO dates. {_REMARKS}",
    "number_format": f"Pages and reports change right away; downloads keep plain numbers. {_REMARKS}",
    "working_week": (
        "Weeks, and weekdays in charts, start on its first day right away. For models, a weekday stays "
        "Monday to Friday."
    ),
    "rates": f"Used to convert amounts in other currencies. {_NEW}",
    "internal": f"Matching visits are left out and counted. {_NEW}",
}

dates = {
    "d Mon yyyy": "1 Oct 2026",
    "yyyy-mm-dd": "2026-10-01",
    "dd/mm/yyyy": "01/10/2026 (day first)",
    "mm/dd/yyyy": "10/01/2026 (month first)",
    "dd.mm.yyyy": "01.10.2026",
}
numbers = {
    "1,234.5": "1,234.5 (comma, point)",
    "1.234,5": "1.234,5 (point, comma)",
    "1 234,5": "1 234,5 (space, comma)",
    "1’234.5": "1’234.5 (apostrophe, point)",
}
weeks = {
    "1-5": "Monday to Friday",
    "1-6": "Monday to Saturday",
    "1-7": "Every day, from Monday",
    "7-4": "Sunday to Thursday",
    "6-3": "Saturday to Wednesday",
}


@lru_cache(maxsize=1)
def countries() -> dict[str, str]:
    """Return the countries there are, by ISO code."""
    # lazily: it reads its tables, which no other page needs
    import pycountry

    named = {one.alpha_2: getattr(one, "common_name", one.name) for one in pycountry.countries}
    return dict(sorted(named.items(), key=lambda pair: pair[1]))


@lru_cache(maxsize=1)
def currencies() -> dict[str, str]:
    """Return the currencies there are, by ISO code."""
    import pycountry

    return {one.alpha_3: f"{one.alpha_3} · {one.name}" for one in sorted(pycountry.currencies, key=_code)}


def _code(currency: object) -> str:
    return str(getattr(currency, "alpha_3", ""))


def written(name: str, value: object) -> str:
    """Return a setting's value in words."""
    words = {
        "date_format": dates,
        "number_format": numbers,
        "working_week": weeks,
        "home_market": countries(),
    }
    if name in words:
        return words[name].get(str(value), str(value))
    if name in ("rates", "internal"):
        many = len(value) if isinstance(value, dict) else 0
        return (
            f"{many} {'rate' if name == 'rates' else 'column'}{'' if many == 1 else 's'}" if many else "none"
        )
    return str(value) if value else ("UTC" if name == "time_zone" else "none")
