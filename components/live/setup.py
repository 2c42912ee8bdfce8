"""What live events need: a key, the first event, and a look at what can't be used."""

from __future__ import annotations

from datetime import UTC, datetime

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.control import control
from components.base.copied import copied
from components.base.format import NOTHING, date, number
from components.base.layout import banner, button, card, simple_table, synthetic_badge
from components.live.now import since
from core.base.identity import may
from core.live.closing import Growing
from core.live.keys import Key
from core.live.overview import Now
from core.live.quarantine import Reason

#: Whose form events have.
SENT_BY = {
    "live": "Our API or tracker", "segment": "Segment or RudderStack", "posthog": "PostHog",
    "snowplow": "Snowplow", "matomo": "Matomo",
}  # fmt: skip
KEY_NAME, KEY_KIND, KEY_ORIGIN, MAKE, MADE = (
    "live-key-name", "live-key-kind", "live-key-origin", "live-key-make", "live-key-made"
)  # fmt: skip
KEY_LIST, REVOKE, GROW = "live-keys", "live-key-revoke", "live-grow"
FIRST_MAKE, FIRST_MADE, FIRST_NAME, WAITS = (
    "live-first-make", "live-first-made", "My shop", "live-waits-for-first"
)  # fmt: skip
AGAIN, EMPTY, CURL = "live-quarantine-again", "live-quarantine-empty", "live-curl"
TAG, FIRST_SECRET = "live-tag", "live-first-secret"
_SECONDS = 1_000_000


def curl(url: str, key: str) -> str:
    """Return the command that sends a first event."""
    event = (
        '{"events": [{"event_type": "product_view", "visitor_id": "me", "product_id": "A1", "price": 39.9}]}'
    )
    return f"curl -X POST {url}/api/live/events -H 'Authorization: Bearer {key}' \\\n  -d '{event}'"


def tag(url: str, key: str) -> str:
    """Return what to paste: our own tracker, and what to call once the visitor has agreed."""
    return (
        f'<script src="{url}/assets/tracker.js" data-key="{key}" defer></script>\n'
        '<script type="module">\n'
        "  shopLive.consent(true);  // once the visitor has agreed\n"
        "</script>"
    )


def ask(url: str, key: str) -> str:
    """Return the command that asks for a score."""
    return f"curl {url}/api/live/visitors/me -H 'Authorization: Bearer {key}'"


def first_event(*, shop: Now, keys: tuple[Key, ...], url: str) -> Component | None:
    """Say how to send the first event, until one of a real visitor has come."""
    if shop.is_connected:
        return None
    has_key = any(key.kind == "write" and not key.revoked_at for key in keys)
    make = button(
        "Make a write key" if not has_key else "Make another write key",
        id=FIRST_MAKE, kind="secondary" if has_key else "primary",
    )  # fmt: skip
    said = "It is shown once, with the commands below filled in. "
    steps = [
        html.Li(["Make a key that may only send. ", said, html.Div(make, className="mt-2")]),
        html.Li(["Send an event:", html.Div(snippets(url, "YOUR_WRITE_KEY"), id=FIRST_MADE)]),
        html.Li(
            "Then your shop: give your tracking SDK (Segment, RudderStack, PostHog, Snowplow, Matomo) the "
            f"address {url} and the key as its write key."
        ),
    ]
    return card(html.Ol(steps, className="mb-0 live-steps"), title="Send your first event")


def waiting() -> Component:
    """Return what stands below the steps until the first event has come."""
    words = [dbc.Spinner(size="sm"), " Waiting for the first event from your shop…"]
    return html.Div(words, className="text-body-secondary")


def snippets(url: str, key: str, *, is_new: bool = False) -> list[Component]:
    """Return what sends a first event, to copy: from a terminal, and from a page of the shop."""
    parts = [
        html.Div("In a terminal:", className="small text-body-secondary"),
        copied(curl(url, key), CURL),
        html.Div("Or in your shop's pages, with our tracker:", className="small text-body-secondary"),
        copied(tag(url, key), TAG),
    ]
    told = html.Div("This is your key. Copy it now: it can't be shown again.", className="fw-semibold")
    return [told, copied(key, FIRST_SECRET), *parts] if is_new else parts


def heard(*, shop: Now) -> Component | None:
    """Say that the first event has come; nothing before."""
    if not shop.is_connected:
        return None
    # Of the demo shop's visitors, where those are shown, nobody was waiting to hear.
    heard_at = None if shop.is_synthetic else shop.heard_at
    words = None if heard_at is None else html.Span(["We heard from you ", since(heard_at), "."])
    return banner("success", "Your first event has arrived", words)


def keys_card(*, keys: tuple[Key, ...], url: str) -> Component:
    """Return the keys there are, and the form for another one."""
    form = html.Div(
        [
            control("Name", dbc.Input(id=KEY_NAME, placeholder="Web shop", maxlength=80)),
            control(
                "What it may do",
                dbc.Select(
                    id=KEY_KIND,
                    options=[
                        {"value": "write", "label": "Send events"},
                        {"value": "secret", "label": "Read scores, manage rules"},
                    ],
                    value="write",
                ),
            ),
            control("Allowed page (optional)", dbc.Input(id=KEY_ORIGIN, placeholder="https://shop.example")),
            html.Div(button("Make a key", id=MAKE, kind="primary"), className="align-self-end"),
        ],
        className="live-form",
    )
    return card(
        form,
        html.Div(id=MADE, role="status"),
        html.Div(key_list(keys=keys), id=KEY_LIST),
        title="Keys",
        subtitle="A write key may only send. A secret key reads scores and changes rules: keep it on your "
        "server.",
        stack=True,
    )


def key_list(*, keys: tuple[Key, ...]) -> Component | None:
    """Return the keys in use."""
    rows = [
        [
            [key.name, " ", synthetic_badge()] if key.synthetic else key.name,
            "Sends events" if key.kind == "write" else "Reads scores",
            html.Code(f"…{key.hint}"),
            ", ".join(key.origins) or "any page",
            date(_day(key.created_at)),
            button("Revoke", id={"type": REVOKE, "key": key.id}, kind="danger", small=True),
        ]
        for key in keys
        if not key.revoked_at
    ]
    if not rows:
        return None
    return simple_table(
        ["Name", "May", "Ends in", "From", "Made", ""], rows, caption="Keys in use", stack=True
    )


def made_key(*, key: Key, secret: str, url: str) -> Component:
    """Show a new key, once, with the command to try it."""
    command = curl(url, secret) if key.kind == "write" else ask(url, secret)
    return banner(
        "success",
        f"“{key.name}” is made. Copy it now: it can't be shown again.",
        html.Div([copied(secret, "live-secret"), copied(command, "live-try")]),
    )


def datasets_card(*, sources: tuple[Growing, ...]) -> Component | None:
    """Return the datasets that visits become once they are over."""
    if not sources:
        return None
    rows = [
        [
            each.key.name,
            dcc.Link(each.dataset.name, href=f"/upload/{each.dataset.id}") if each.dataset else NOTHING,
            number(len(each.dataset.files)) if each.dataset else NOTHING,
            button("Add finished visits now", id={"type": GROW, "key": each.key.id}, small=True)
            if each.is_waiting
            else "Up to date",
        ]
        for each in sources
    ]
    return card(
        simple_table(["Key", "Export", "Files", ""], rows, numeric=(2,), caption="Exports", stack=True),
        title="Exports",
        subtitle="Visits that are over are added once a day and scored, so that every page can open them.",
        flush=True,
    )


def quarantine_card(*, reasons: tuple[Reason, ...]) -> Component | None:
    """Return what couldn't be used, by reason; nothing where there is nothing, or for who may see no ids."""
    if not reasons or not may("ids.read"):
        return None
    rows = [
        [
            reason.reason,
            SENT_BY.get(reason.format, reason.format),
            number(reason.events),
            html.Code(_short(reason.example), className="text-break"),
        ]
        for reason in reasons
    ]
    return card(
        simple_table(
            ["Reason", "Sent by", "Events", "One of them"],
            rows,
            numeric=(2,),
            caption="Quarantine",
            stack=True,
        ),
        title="Quarantine",
        subtitle="Events that couldn't be used. Retry them once the cause is fixed.",
        actions=[
            button("Download", href="/api/live/quarantine", external=True, icon="download", small=True),
            button("Retry", id=AGAIN, icon="undo", small=True),
            button("Empty", id=EMPTY, kind="danger", icon="trash", small=True),
        ],
        flush=True,
    )


def _short(text: str, most: int = 120) -> str:
    return text if len(text) <= most else f"{text[:most]}…"


def _day(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / _SECONDS, UTC)
