"""How the values of a file are read: the mapping step's choices on times, money and robots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.control import dom_id
from components.shared.time_zones import zone_list
from core.ingest.base.rule_texts import read_internal, read_rates, write_internal, write_rates

if TYPE_CHECKING:
    from core.ingest import Mapping as ColumnMapping

#: The choices that a form may be opened for.
Asked = Literal["dates", "decimals", "robots"]
_ASKED: tuple[Asked, ...] = ("dates", "decimals", "robots")
#: Id of this component, once a key of ``OPTIONS``.
OPTION = "upload-option"

#: What can be chosen.
OPTIONS = (
    "time_unit",
    "day_first",
    "time_zone",
    "local_times",
    "decimal",
    "currency",
    "keep_robots",
    "rates",
    "internal",
)

#: What a dropdown holds where the file has no such column, or an option is found out from the file.
#: No column is called like this: names are stripped. (An empty value would show no label.)
NONE = " "
#: What a list says, and a field shows, where the file is to tell by itself.
FIND_OUT = "Detect"
#: What the choice of which of day and month stands first is called, and says while it has to be made.
DATES, CHOOSE = "In dates like 03/04/2026", "Choose"

TIME_UNITS = {"s": "Seconds", "ms": "Milliseconds", "us": "Microseconds", "ns": "Nanoseconds"}
DAY_ORDERS = {"1": "The day is first", "0": "The month is first"}
DECIMALS = {".": "Point: 12.50", ",": "Comma: 12,50"}
#: The same, where amounts leave open whether a sign groups thousands.
SIGN, SIGNS = "In amounts like 1.299", {".": "1.299 is about one, 1,299 over a thousand",
                                        ",": "1.299 is over a thousand, 1,299 about one"}  # fmt: skip
CLOCKS = {"1": "The shop's clock"}
ROBOTS = {"1": "Count them"}


def option_id(name: str) -> dict[str, str]:
    """Return the id of what sets one of ``OPTIONS``."""
    return {"type": OPTION, "name": name}


def asked_of(change: str | None) -> Asked | None:
    """Return the choice that an address asks to change."""
    return next((asked for asked in _ASKED if asked == change), None)


def asked_option(*, mapping: ColumnMapping, asked: Asked, has_to_choose: bool = False) -> Component:
    """Return the choice that a form is opened for; one that has to be made says so until it is."""
    if asked == "robots":
        keep = "1" if mapping.keep_robots else None
        return _choice("Visits of robots", "keep_robots", keep, ROBOTS, "Leave them out")
    if asked == "decimals":
        return _choice(SIGN, "decimal", mapping.decimal, SIGNS, CHOOSE if has_to_choose else FIND_OUT)
    day_first = None if mapping.day_first is None else str(int(mapping.day_first))
    return _choice(DATES, "day_first", day_first, DAY_ORDERS, CHOOSE if has_to_choose else FIND_OUT)


def options_section(*, mapping: ColumnMapping, time_zone: str | None, asked: Asked | None) -> Component:
    """Return the choices, folded, less the one that is ``asked`` for elsewhere.

    ``time_zone`` is the shop's, where the mapping names none.
    """
    local = "1" if mapping.local_times else None
    as_is = {NONE: f"{time_zone}, as set" if time_zone else "As written, or UTC"}
    zone_id = option_id("time_zone")
    zones = zone_list(id=zone_id, value=mapping.time_zone or NONE, first=as_is)
    return html.Details(
        [
            html.Summary("Times, money and robots", className="small fw-medium text-primary-emphasis"),
            html.Div(
                [
                    _choice("Times as numbers are in", "time_unit", mapping.time_unit, TIME_UNITS),
                    None if asked == "dates" else asked_option(mapping=mapping, asked="dates"),
                    labelled("The shop's time zone", zones, dom_id(zone_id)),
                    _choice("Times without a time zone are by", "local_times", local, CLOCKS, "UTC"),
                    None
                    if asked == "decimals"
                    else _choice("Decimal sign", "decimal", mapping.decimal, DECIMALS),
                    labelled(
                        "Currency (ISO code)",
                        dbc.Input(
                            id=option_id("currency"),
                            value=mapping.currency or "",
                            type="text",
                            maxlength=3,
                            placeholder=FIND_OUT,
                            debounce=True,
                            size="sm",
                        ),
                        dom_id(option_id("currency")),
                    ),
                    None if asked == "robots" else asked_option(mapping=mapping, asked="robots"),
                    _lines("Currency rates, one per line", "rates", write_rates(mapping.rates), "USD = 0.92"),
                    _lines(
                        "Your team's own visits, one rule per line",
                        "internal",
                        write_internal(mapping.internal),
                        "user_id = qa-*",
                    ),
                    html.Div(
                        [
                            "A rate says what one unit is worth in the currency above, or else in the one "
                            "most orders are in. Left empty, both are as in the ",
                            dcc.Link("settings", href="/settings"),
                            ".",
                        ],
                        className="smaller text-body-tertiary",
                    ),
                ],
                className="cards-sm mt-3",
            ),
        ],
        className="mt-3",
    )


def _choice(
    label: str, name: str, value: str | None, words: Mapping[str, str], unless: str = FIND_OUT
) -> Component:
    """Return a list of what to take the file's values for; ``unless`` one is chosen, it says what holds."""
    id = option_id(name)
    options = [{"value": key, "label": text} for key, text in {NONE: unless, **words}.items()]
    return labelled(label, dbc.Select(id=id, value=value or NONE, options=options, size="sm"), dom_id(id))


def _lines(label: str, name: str, value: str, example: str) -> Component:
    """Return a field of rules, one per line; they count once it is left."""
    area = dbc.Textarea(
        id=option_id(name),
        value=value,
        placeholder=example,
        rows=2,
        size="sm",
        spellcheck="false",
        debounce=True,
    )
    return labelled(label, area, dom_id(option_id(name)))


def labelled(text: str, control: Component, id: str) -> Component:
    """Return a control under its name."""
    return html.Div([html.Label(text, htmlFor=id, className="form-label"), control])


def read_options(options: Mapping[str, str | None], base: ColumnMapping) -> dict[str, Any]:
    """Return what the choices say, as fields of a mapping; rates and rules that aren't shown are ``base``'s.

    Raises
    ------
    MappingError
        If a line of rates or rules can't be read.
    """
    told = {name: (options.get(name) or "").strip() or None for name in OPTIONS}
    return {
        "time_unit": told["time_unit"],
        "day_first": None if told["day_first"] is None else told["day_first"] == "1",
        "time_zone": told["time_zone"],
        "local_times": told["local_times"] is not None,
        "decimal": told["decimal"],
        "currency": told["currency"].upper() if told["currency"] else None,
        "keep_robots": told["keep_robots"] is not None,
        "rates": read_rates(told["rates"]) if "rates" in options else base.rates,
        "internal": read_internal(told["internal"]) if "internal" in options else base.internal,
    }
