"""Rules: what happens while a visitor is in the shop; made, tried, switched on, and measured."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import dash
from dash import ALL, ClientsideFunction, Input, Output, State, callback, clientside_callback, ctx, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from components.base.layout import button, error_panel
from components.base.query import single
from components.home.page import not_found
from components.live.rule_form import FIELD, PROBLEM, SAVE, read_form, rule_form
from components.live.rule_results import (
    AGAIN,
    ALL_AGAIN,
    LETTERS,
    LIVE,
    TRIED,
    TRY,
    TRY_ON,
    dry_run_card,
    letters_card,
    secret_card,
    tried,
    what_it_did,
)
from components.live.rules_page import (
    DELETE,
    NEW,
    OPEN,
    PATH,
    SHOWN,
    STATE,
    SWITCH,
    list_page,
    rule_list,
    rule_page,
    state_bar,
)
from core.base.errors import CoreError, NotFoundError
from core.base.settings import Settings, get_settings
from core.base.shop import shop_settings
from core.bundle.predictor import Predictor
from core.live.keys import keys
from core.rules.delivery import dead_letters, send_again
from core.rules.dry_run import try_dataset, try_live
from core.rules.effect import effect_of
from core.rules.repository import all_rules, counts, delete, get_rule, save, switch
from core.rules.rule import Rule
from core.schema.countries import home_label
from core.storage import Dataset, get_store

dash.register_page(__name__, path=PATH, name="Rules", title="Rules", order=1.95, nav=False)


def layout(rule: str | list[str] | None = None, **_: Any) -> Component:  # noqa: ANN401 (any argument)
    """Return the list of rules, or the one of the address."""
    settings, chosen = get_settings(), single(rule)
    if chosen is None:
        predictor, made_up = Predictor.load(settings=settings), _made_up(settings)
        return list_page(
            rules=all_rules(settings),
            counts=counts(settings),
            currency=predictor.currency,
            is_made_up=predictor.is_synthetic
            and any(each.source not in made_up for each in all_rules(settings)),
        )
    try:
        shown = Rule(name="") if chosen == NEW else get_rule(settings, chosen)
    except NotFoundError as error:
        return not_found(
            title="Rule not found",
            text=error.message,
            action=button("All rules", href=PATH, kind="primary"),
        )
    predictor, made_up = Predictor.load(settings=settings), _made_up(settings)
    return rule_page(
        rule=shown,
        form=rule_form(
            rule=shown,
            currency=predictor.currency,
            clusters=predictor.cluster_names,
            countries=(home_label(shop_settings(settings).home_market), "EU", "Non-EU", "Unknown"),
            keys=[key for key in keys(settings) if key.kind == "write" and not key.revoked_at],
        ),
        secret=secret_card(rule=shown),
        dry_run=dry_run_card(datasets=_datasets()),
        effect=what_it_did(rule=shown, found=effect_of(settings, shown)) if shown.id else None,
        letters=letters_card(rule=shown, letters=dead_letters(settings, shown.id)) if shown.id else None,
        is_made_up=predictor.is_synthetic and shown.source not in made_up,
    )


@callback(
    Output(OPEN, "data"),
    Output(PROBLEM, "children"),
    Input(SAVE, "n_clicks"),
    State({"type": FIELD, "name": ALL}, "value"),
    State(SHOWN, "data"),
    prevent_initial_call=True,
)
def keep(clicks: int, _values: list[Any], shown: str) -> tuple[Any, Any]:
    """Save the rule in the form, and show it; or say what is wrong."""
    if not clicks:
        raise PreventUpdate
    try:
        kept = save(get_settings(), _in_form(shown))
    except CoreError as error:
        return no_update, error_panel(error.to_dict())
    return {"pathname": PATH, "query": f"rule={kept.id}"}, None


@callback(
    Output(TRIED, "children"),
    Input(TRY, "n_clicks"),
    State(TRY_ON, "value"),
    State({"type": FIELD, "name": ALL}, "value"),
    State(SHOWN, "data"),
    prevent_initial_call=True,
    running=[(Output(TRY, "disabled"), True, False)],
)
def dry_run(clicks: int, on: str, _values: list[Any], shown: str) -> Component:
    """Say what the rule in the form would have done."""
    if not clicks:
        raise PreventUpdate
    settings = get_settings()
    try:
        rule = _in_form(shown)
        run = try_live(rule, settings) if on == LIVE else try_dataset(rule, on, settings)
    except CoreError as error:
        return error_panel(error.to_dict())
    return tried(run=run)


@callback(
    Output(STATE, "children"),
    Input({"type": SWITCH, "rule": ALL}, "n_clicks"),
    State(SHOWN, "data"),
    prevent_initial_call=True,
)
def turn(_clicks: list[int], shown: str | None) -> Component:
    """Switch a rule on or off, in the list or on its own page."""
    _check_pressed()
    settings = get_settings()
    before = get_rule(settings, ctx.triggered_id["rule"])
    now = switch(settings, before.id, on=not before.is_on)
    if shown is not None:
        return state_bar(now)
    currency = Predictor.load(settings=settings).currency
    return rule_list(rules=all_rules(settings), counts=counts(settings), currency=currency)


@callback(
    Output(OPEN, "data", allow_duplicate=True),
    Input({"type": DELETE, "rule": ALL}, "n_clicks"),
    prevent_initial_call=True,
)
def remove(_clicks: list[int]) -> dict[str, str]:
    """Delete a rule with its firings."""
    _check_pressed()
    # Somebody else may have been faster.
    with suppress(NotFoundError):
        delete(get_settings(), ctx.triggered_id["rule"])
    return {"pathname": PATH, "query": ""}


@callback(
    Output(LETTERS, "children"),
    Input({"type": AGAIN, "rule": ALL, "firing": ALL}, "n_clicks"),
    Input({"type": ALL_AGAIN, "rule": ALL}, "n_clicks"),
    prevent_initial_call=True,
)
def resend(_one: list[int], _every: list[int]) -> Component | None:
    """Send what could not be delivered again."""
    _check_pressed()
    settings, pressed = get_settings(), ctx.triggered_id
    send_again(settings, pressed["rule"], pressed.get("firing"))
    rule = get_rule(settings, pressed["rule"])
    return letters_card(rule=rule, letters=dead_letters(settings, rule.id))


clientside_callback(
    ClientsideFunction(namespace="predictor", function_name="openAddress"), Input(OPEN, "data")
)


def _made_up(settings: Settings) -> set[str]:
    """Return the demo shop's own sources: of its visits its model says what it should."""
    return {key.id for key in keys(settings) if key.synthetic}


def _in_form(shown: str) -> Rule:
    before = get_rule(get_settings(), shown) if shown else Rule(name="")
    (fields,) = (states for states in ctx.states_list if isinstance(states, list))
    return read_form({field["id"]["name"]: field.get("value") for field in fields}, before)


def _check_pressed() -> None:
    # Buttons that have just come into the page count as pressed, too.
    if not ctx.triggered_id or not any(one["value"] for one in ctx.triggered):
        raise PreventUpdate


def _datasets() -> list[Dataset]:
    """Return the exports a rule can be tried on: with events, read to their end."""
    store = get_store()
    return [each for each in store.datasets() if each.report is not None and each.report.kind == "events"]
