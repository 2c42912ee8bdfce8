"""The page of people: who there is, an invitation by link, and what an administrator may change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.control import control
from components.base.copied import copied
from components.base.format import NOTHING, ago, date
from components.base.layout import badge, banner, button, card, empty_state, page, simple_table
from components.base.modal import modal
from core.accounts import Person
from core.accounts.links import INVITED_FOR, RESET_FOR, Link
from core.base.identity import ROLES

PATH = "/settings/people"
EMAIL, ROLE, INVITE, MADE = "people-email", "people-role", "people-invite", "people-made"
LIST, SAID = "people-list", "people-said"
CHANGE, RESET, REMOVE, WITHDRAW = "people-change", "people-reset", "people-remove", "people-withdraw"
DIALOG, ASKED, TEXT, CONFIRM, CANCEL = (
    *("people-dialog", "people-asked", "people-text", "people-confirm", "people-cancel"),
)
SECRET = "people-link"  # noqa: S105 - an element's id
SET_UP = "/set-up"
#: What each role is for, in a line.
ROLE_WORDS = {
    "viewer": "Viewer: reads results, without ids",
    "analyst": "Analyst: uploads, audiences, what-if",
    "manager": "Manager: models in use, deleting, rules",
    "admin": "Administrator: people, keys, settings",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleSignOnState:
    """How the provider and people go together: who is connected, who has a password, what groups decide."""

    provider: str | None = None
    connected: frozenset[str] = frozenset()
    passwords_for: Callable[[str], bool] = lambda _email: True
    roles_by_groups: bool = False


NO_PROVIDER = SingleSignOnState()


def people_page(
    *,
    people: Sequence[Person],
    invitations: Sequence[Link],
    me: str,
    sso: SingleSignOnState = NO_PROVIDER,
    project: str = "",
) -> Component:
    """Return the page as things are now; ``project`` is what invitations are to, where there are several."""
    if not people:
        return page(
            empty_state(
                "Nobody has an account yet",
                "Create the administrator first: you. Then invite your team. From then on, everybody signs "
                "in with an account of their own, and a shared password no longer lets anybody in.",
                button("Create the administrator", href=SET_UP, kind="primary", external=True),
            ),
            title="People",
            actions=button("Settings", href="/settings", icon="arrow-left", kind="quiet"),
        )
    return page(
        _form(project),
        html.Div(id=SAID, role="status", className="hide-empty"),
        html.Div(
            people_list(people=people, invitations=invitations, me=me, sso=sso),
            id=LIST,
            className="vstack gap-4",
        ),
        dcc.Store(id=ASKED),
        modal(
            html.P(id=TEXT, className="mb-0"),
            id=DIALOG,
            title="Remove this person?",
            buttons=[button("Cancel", id=CANCEL), button("Remove", id=CONFIRM, kind="danger")],
        ),
        title="People",
        subtitle=_subtitle(sso),
        actions=button("Settings", href="/settings", icon="arrow-left", kind="quiet"),
    )


def _subtitle(sso: SingleSignOnState) -> str:
    said = "Who may sign in, and what each of them may do."
    if not sso.roles_by_groups:
        return said
    return (
        f"{said} With {sso.provider}, groups decide the role at each sign-in: a change here lasts until then."
    )


def _form(project: str) -> Component:
    into = f" It is for the project “{project}”." if project else ""
    return card(
        html.Div(
            [
                control("E-mail address", dbc.Input(id=EMAIL, type="email", maxlength=254, size="sm")),
                control("Role", _roles(ROLE, "viewer")),
            ],
            className="administration-fields administration-fields-wide",
        ),
        html.Div(
            button("Make an invitation", id=INVITE, kind="primary"), className="d-flex justify-content-end"
        ),
        html.Div(id=MADE, role="status", className="hide-empty"),
        title="Invite somebody",
        subtitle=f"You get a link to send them. It works once, for {INVITED_FOR.days} days.{into}",
        stack=True,
    )


def invited(*, email: str, url: str) -> Component:
    """Show the link of an invitation, once."""
    return banner("success", f"Send this link to {email}. It can't be shown again.", copied(url, SECRET))


def reset_made(*, email: str, url: str) -> Component:
    """Show the link that resets a password, once."""
    hours = int(RESET_FOR.total_seconds() // 3600)
    title = f"Send this link to {email}. It works once, for {hours} hours."
    return banner("success", title, copied(url, SECRET))


def people_list(
    *, people: Sequence[Person], invitations: Sequence[Link], me: str, sso: SingleSignOnState = NO_PROVIDER
) -> list[Component]:
    """Return everybody, and the invitations nobody has used yet."""
    everybody = card(
        simple_table(
            ["Name", "Role", "Last seen", "Since", ""],
            [_person(one, me, sso) for one in people],
            caption="People",
            stack=True,
        ),
        title="People",
        flush=True,
    )
    if not invitations:
        return [everybody]
    heads = ["E-mail address", "Role", "Invited by", "Works until", ""]
    rows = [_invitation(one) for one in invitations]
    return [
        everybody,
        card(simple_table(heads, rows, caption="Invitations", stack=True), title="Invited", flush=True),
    ]


def _person(one: Person, me: str, sso: SingleSignOnState) -> list[Component | str]:
    connected = one.id in sso.connected
    name = html.Div(
        [
            html.Div(f"{one.name} (you)" if one.id == me else one.name, className="fw-medium text-break"),
            html.Div(one.email, className="smaller text-body-tertiary text-break"),
            *([badge(f"Signs in with {sso.provider}", "accent")] if connected and sso.provider else []),
        ]
    )
    return [
        name,
        _roles({"type": CHANGE, "person": one.id}, one.role, f"Role of {one.name}"),
        ago(one.seen_at) if one.seen_at else NOTHING,
        date(one.created_at),
        html.Div(
            _changes(one, sso, connected=connected), className="hstack gap-2 flex-wrap justify-content-end"
        )
        if one.id != me
        else "",
    ]


def _changes(one: Person, sso: SingleSignOnState, *, connected: bool) -> list[Component]:
    remove = button("Remove", id={"type": REMOVE, "person": one.id}, kind="danger", small=True)
    has_password = sso.passwords_for(one.email)
    if connected and not has_password:
        return [remove]
    # Where passwords are switched off, the same link connects the account that is there.
    label = "Reset password" if has_password else "Make a link"
    return [button(label, id={"type": RESET, "person": one.id}, small=True), remove]


def _invitation(one: Link) -> list[Component | str]:
    return [
        html.Span(one.email, className="text-break"),
        ROLE_WORDS[one.role].partition(":")[0],
        one.made_by or NOTHING,
        date(one.expires_at),
        button("Withdraw", id={"type": WITHDRAW, "link": one.id}, small=True),
    ]


def _roles(id: str | dict[str, str], value: str, label: str | None = None) -> Component:
    options = [{"value": role, "label": ROLE_WORDS[role]} for role in ROLES]
    select = dbc.Select(id=id, value=value, options=options, size="sm")
    if label is None:
        return select
    return html.Label([html.Span(label, className="visually-hidden"), select], className="w-100")
