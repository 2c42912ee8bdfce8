"""The page of rules: the list, and one rule with its form, dry run and effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import NOTHING, ago, number
from components.base.layout import badge, button, card, empty_state, page, simple_table
from components.live.made_up import made_up_model
from components.live.rule_results import LETTERS
from components.live.rule_words import KINDS, fires_when, how_often
from core.live.clock import moment_at
from core.rules.repository import Counts
from core.rules.rule import Rule

PATH, NEW = "/live/rules", "new"
#: Ids of this component: what leads to another address, a rule's switches, the list or the state of the one
#: rule that is shown, and which that is (None: all of them).
OPEN, SWITCH, DELETE, STATE, SHOWN = "rules-open", "rule-switch", "rule-delete", "rule-state", "rule-shown"
_SUBTITLE = "Act while a visitor is still in the shop. Some are held out, so that you see the effect."


def list_page(
    *, rules: Sequence[Rule], counts: Mapping[str, Counts], currency: str, is_made_up: bool
) -> Component:
    """Return the list of rules; ``is_made_up`` says that the demo shop's model predicts."""
    return page(
        made_up_model() if is_made_up and rules else None,
        html.Div(rule_list(rules=rules, counts=counts, currency=currency), id=STATE),
        dcc.Store(id=OPEN),
        dcc.Store(id=SHOWN),
        title="Rules",
        subtitle=_SUBTITLE,
        actions=[
            button("Live", href="/live", small=True),
            button("New rule", href=f"{PATH}?rule={NEW}", kind="primary", small=True),
        ],
    )


def rule_list(*, rules: Sequence[Rule], counts: Mapping[str, Counts], currency: str) -> Component:
    """Return the rules there are, with what became of each."""
    if not rules:
        return empty_state(
            "No rules yet",
            "A rule reaches visitors who are likely to buy but hesitate, while they are still in the shop: "
            "through your shop's own page, a webhook, an e-mail or a chat message.",
            button("New rule", href=f"{PATH}?rule={NEW}", kind="primary"),
        )
    rows = [_row(rule, counts.get(rule.id, Counts()), currency) for rule in rules]
    table = simple_table(
        [
            "Rule",
            "Fires when",
            "Action",
            "Fired",
            "Held out",
            "Delivered",
            "Waiting",
            "Not delivered",
            "Last",
            "",
        ],
        rows,
        numeric=(3, 4, 5, 6, 7),
        caption="Rules",
        stack=True,
    )
    return card(table, flush=True)


def _row(rule: Rule, told: Counts, currency: str) -> list[object]:
    last = ago(moment_at(told.last_at)) if told.last_at else NOTHING
    name = [dcc.Link(rule.name, href=f"{PATH}?rule={rule.id}"), " ", state_badge(rule)]
    when = [
        html.Div(fires_when(rule, currency)),
        html.Div(how_often(rule), className="smaller text-body-tertiary"),
    ]
    return [
        html.Div(name), html.Div(when), KINDS[rule.action.kind], number(told.firings), number(told.held_out),
        number(told.sent), number(told.waiting), number(told.dead),
        html.Span(last, className="text-nowrap") if told.last_at else last, switch_button(rule, small=True),
    ]  # fmt: skip


def state_badge(rule: Rule) -> Component:
    """Return whether a rule fires."""
    return badge("On", "success") if rule.is_on else badge("Off", "neutral")


def switch_button(rule: Rule, *, small: bool = False) -> Component:
    """Return what switches a rule on or off."""
    label = "Switch off" if rule.is_on else "Switch on"
    return button(
        label,
        id={"type": SWITCH, "rule": rule.id},
        kind="secondary" if rule.is_on else "primary",
        small=small,
    )


def rule_page(
    *, rule: Rule, form: Component, secret: Component | None, dry_run: Component, effect: Component | None,
    letters: Component | None, is_made_up: bool,
) -> Component:  # fmt: skip
    """Return the page of one rule; of a new one, the form and the dry run."""
    return page(
        made_up_model() if is_made_up else None,
        html.Div(state_bar(rule), id=STATE) if rule.id else None,
        form,
        dry_run,
        secret,
        html.Div(letters, id=LETTERS),
        effect,
        dcc.Store(id=OPEN),
        dcc.Store(id=SHOWN, data=rule.id),
        title=rule.name if rule.id else "New rule",
        subtitle=_SUBTITLE,
        actions=button("All rules", href=PATH, small=True),
    )


def state_bar(rule: Rule) -> Component:
    """Return whether a rule fires, and what changes that."""
    words = "It fires." if rule.is_on else "It doesn't fire. Try it first, then switch it on."
    return card(
        html.Div(
            [
                state_badge(rule),
                html.Span(words, className="flex-words"),
                switch_button(rule, small=True),
                # With it go its figures: it has to be off first.
                *(
                    []
                    if rule.is_on
                    else [button("Delete", id={"type": DELETE, "rule": rule.id}, kind="danger", small=True)]
                ),
            ],
            className="hstack flex-wrap gap-2",
        )
    )
