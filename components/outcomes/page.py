"""The page of a campaign's outcomes: how to upload them, and what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.audiences.labels import people
from components.base.control import choice, control
from components.base.format import SIGNS, ago, date_time, number
from components.base.layout import banner, button, card, page, section, simple_table, synthetic_badge
from components.outcomes.upload import FILE, bring_section, not_known
from components.outcomes.verdict import answer
from core.audiences.members import Members
from core.audiences.repository import definition_of
from core.results.sources import Source
from core.storage import Audience, KeptOutcomes
from core.uplift import measure
from core.uplift.cautions import listing
from core.uplift.outcome_records import Outcomes

AUDIENCES = "/audiences"

#: Ids of this component. ``SHOWN`` holds the ids of the audience, of the outcomes and of the result it is
#: applied to.
SHOWN = "outcomes-shown"
FORGET = "outcomes-forget"
CONTROL = "outcomes-control"
BODY = "outcomes-body"
STATE = "outcomes-state"
OPEN = "outcomes-open"

#: What can be set, by its name in the address.
MISSING = {"no": "Count as not buying", "unknown": "Leave out"}


def path_of(audience_id: str) -> str:
    """Return the address of the outcomes of an audience."""
    return f"{AUDIENCES}/{quote(audience_id)}/outcomes"


def control_id(name: str) -> dict[str, str]:
    """Return the id of a control."""
    return {"type": CONTROL, "name": name}


def outcomes_page(
    *,
    audience: Audience,
    kept: Sequence[KeptOutcomes],
    shown: KeptOutcomes | None,
    chosen: Mapping[str, str],
    sources: Sequence[Source],
    base: str | None,
    lists: Sequence[Members],
    can_read: bool,
    notes: Sequence[str] = (),
) -> Component:
    """Return the page.

    Parameters
    ----------
    shown
        The outcomes that are told of, one of ``kept``; None where there are none yet.
    chosen
        What is set, as the address has it: ``missing``, ``cost``, ``margin``, ``effect``.
    sources
        Results the outcomes may be read from.
    base
        The result the audience is applied to, where it isn't the one it was made from.
    lists
        Who was in it, for each result of which that was kept.
    can_read
        Whether that is known for the result in question, so that outcomes can be read.
    """
    ids = {"audience": audience.id, "outcomes": shown.id if shown else "", "base": base}
    parts: list[Component] = [
        dcc.Store(id=SHOWN, data=ids),
        dcc.Store(id=FILE),
        dcc.Store(id=STATE),
        dcc.Store(id=OPEN),
        *(banner("info", note) for note in notes),
    ]
    if not definition_of(audience).held_out:
        parts.append(
            banner(
                "warning",
                "This audience has no hold-out",
                "Without one, there is nothing to compare with. Hold some out next time.",
            )
        )
    bring = (
        bring_section(audience=audience, sources=sources, base=base, lists=lists)
        if can_read
        else not_known(audience=audience, base=base, lists=lists)
    )
    if shown is None:
        parts += [bring]
    else:
        parts += [
            _controls(audience, chosen, shown.figures.get("currency") or audience.currency or ""),
            html.Div(
                body(audience=audience, shown=shown, chosen=chosen),
                id=BODY,
                className="fades vstack gap-4",
            ),
            _kept(audience, kept, shown),
            bring,
        ]
    return page(
        *parts,
        title="Campaign results",
        subtitle=_subtitle(audience, shown),
        actions=button("Back to the audience", href=f"{AUDIENCES}/{quote(audience.id)}", icon="arrow-left"),
    )


def chosen_from(kept: KeptOutcomes, audience: Audience) -> tuple[str, str]:
    """Return the id and the name of the result whose people these outcomes are of."""
    base = kept.figures.get("base") or {}
    return base.get("id", audience.result_id), base.get("name", audience.result_name)


def body(*, audience: Audience, shown: KeptOutcomes, chosen: Mapping[str, str]) -> list[Component]:
    """Return what the outcomes say, as is set."""
    found = Outcomes.from_dict(shown.figures["outcomes"])
    # Before anybody is left out: afterwards everyone would be listed.
    listed = listing(found)
    if chosen.get("missing") == "unknown":
        found = found.only_listed()
    definition = definition_of(audience)
    uplift = measure(
        treated=found.treated.group,
        held_out=found.held_out.group,
        cost_per_contact=_number(chosen.get("cost"), definition.cost),
        margin=_number(chosen.get("margin"), definition.margin, most=1.0),
        assumed_effect=_number(chosen["effect"], 0.0, most=1.0) if chosen.get("effect") else None,
    )
    return answer(
        found=found,
        listed=listed,
        uplift=uplift,
        definition=definition,
        currency=shown.figures.get("currency"),
        cost_currency=audience.currency,
    )


def read_query(query: Mapping[str, Any]) -> dict[str, str]:
    """Return what an address sets, without what can't be used."""
    told = {}
    if query.get("missing") in MISSING:
        told["missing"] = str(query["missing"])
    for name, most in (("cost", None), ("margin", 1.0), ("effect", 1.0)):
        value = _number(query.get(name), None, most=most)
        if value is not None and not (name == "effect" and value == 0):
            told[name] = f"{value:.12g}"
    return told


def invalid(told: Mapping[str, str], chosen: Mapping[str, str]) -> str | None:
    """Return the name of the first control whose value can't be used, None where all can."""
    names = {"cost": "Cost per contact", "margin": "Margin", "effect": "Effect"}
    return next(
        (
            label
            for name, label in names.items()
            if told.get(name) and name not in chosen and _number(told[name], None) != 0
        ),
        None,
    )


def read_control(name: str, value: Any) -> str:  # noqa: ANN401 (a control's value)
    """Return what a control says as the address has it; empty where it says nothing."""
    if value in (None, ""):
        return ""
    return f"{float(value) / 100:.12g}" if name in ("margin", "effect") else str(value)


def address_query(*, outcomes: str, base: str | None, chosen: Mapping[str, str]) -> str:
    """Return the address's query."""
    told = {"outcomes": outcomes} | ({"result": base} if base else {}) | dict(chosen)
    return urlencode({name: value for name, value in told.items() if value}, quote_via=quote, safe="")


def _number(value: Any, default: Any, *, most: float | None = None) -> Any:  # noqa: ANN401
    try:
        found = float(value)
    except (TypeError, ValueError):
        return default
    return found if 0 <= found <= (1e12 if most is None else most) else default


def _controls(audience: Audience, chosen: Mapping[str, str], currency: str) -> Component:
    definition, sign = definition_of(audience), SIGNS.get(currency, currency)
    cost = chosen.get("cost", f"{definition.cost:.12g}")
    margin = float(chosen.get("margin", definition.margin))
    effect = chosen.get("effect")
    return html.Div(
        [
            control(
                f"{people(definition.id_kind).capitalize()} missing from the outcomes",
                choice(control_id("missing"), MISSING, chosen.get("missing", "no")),
            ),
            control(f"Cost per contact{f', {sign}' if sign else ''}", _entry("cost", float(cost))),
            control("Margin, % of revenue", _entry("margin", 100 * margin, most=100)),
            control(
                "Sample size for an effect of, points",
                _entry(
                    "effect", 100 * float(effect) if effect else None, most=100, placeholder="as observed"
                ),
            ),
        ],
        className="card controls outcomes-controls",
        role="group",
        **{"aria-label": "Assumptions"},
    )


def _entry(name: str, value: float | None, *, most: float | None = None, placeholder: str = "") -> Component:
    limits = {} if most is None else {"max": most}
    return dbc.Input(
        id=control_id(name),
        type="number",
        min=0,
        step="any",
        value=None if value is None else float(f"{value:.10g}"),
        debounce=True,
        size="sm",
        placeholder=placeholder,
        **limits,
    )


def _kept(audience: Audience, kept: Sequence[KeptOutcomes], shown: KeptOutcomes) -> Component:
    rows, several = [], len({chosen_from(one, audience) for one in kept}) > 1
    for one in kept:
        base, of_whom = chosen_from(one, audience)
        found = Outcomes.from_dict(one.figures["outcomes"])
        here = one.id == shown.id
        name: Component | str = html.Strong(found.source)
        if not here:
            base = "" if base == audience.result_id else base
            query = address_query(outcomes=one.id, base=base, chosen={})
            name = dcc.Link(found.source, href=f"{path_of(audience.id)}?{query}")
        rows.append(
            [
                name,
                *([of_whom] if several else []),
                date_time(one.created_at),
                number(found.treated.buyers),
                number(found.held_out.buyers),
                button("Delete", id=FORGET, kind="quiet", icon="trash") if here else "",
            ]
        )
    return section(
        card(
            simple_table(
                [
                    "Read from",
                    *(["Audience of"] if several else []),
                    "When",
                    "Buyers, contacted",
                    "Buyers, held out",
                    "",
                ],
                rows,
                numeric=(3, 4) if several else (2, 3),
                caption="Outcomes of this audience",
                stack=True,
            ),
            flush=True,
        ),
        title="Saved outcomes",
    )


def _subtitle(audience: Audience, shown: KeptOutcomes | None) -> Component:
    parts: list[Component | str] = [f"{audience.name} · made {ago(audience.created_at)}"]
    if shown is not None:
        name = shown.figures["outcomes"]["source"]
        parts.append(f" · outcomes from {name}, read {date_time(shown.created_at)} ")
        other, of_whom = chosen_from(shown, audience)
        if other != audience.result_id:
            parts.append(f"· audience of {of_whom} ")
    if audience.synthetic:
        parts.append(synthetic_badge())
    return html.Div(parts, className="results-subtitle hstack flex-wrap gap-2")
