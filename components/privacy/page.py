"""How long data are kept, what is known of one person, and the certificates of what was deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.base.control import dom_id
from components.base.format import date_time, number
from components.base.layout import (
    badge,
    banner,
    button,
    card,
    empty_state,
    facts,
    page,
    section,
    simple_table,
)
from components.base.modal import modal
from core.base.settings import Settings, get_settings
from core.privacy.records import Record
from core.privacy.retention import KINDS
from core.storage import SHOP_LABELS

PATH = "/settings/privacy"

#: Ids of the days, what saves them, and what is said then.
DAYS, SAVE, SAID = "privacy-days", "privacy-save", "privacy-said"
#: Ids of looking for a person: the id, whether it is meant alone, and what was found.
WHO, ALONE, FIND, FOUND = "privacy-who", "privacy-alone", "privacy-find", "privacy-found"
#: Ids of what can be done then.
DOWNLOAD, FILE = "privacy-download", "privacy-file"
DELETE, DIALOG, CANCEL, YES = "privacy-delete", "privacy-dialog", "privacy-cancel", "privacy-yes"
#: The list of what was deleted.
RECORDS, AGAIN = "privacy-records", "privacy-again"

HELP = {
    "keep_uploads_days": "After that, only the data read from them is kept.",
    "keep_exports_days": "Together with their results.",
    "keep_results_days": "The exports themselves are kept.",
    "keep_live_days": "Also in the export they are collected in.",
    "keep_audiences_days": "Together with their lists and campaign results.",
}


def days_id(name: str) -> dict[str, str]:
    """Return the id of a kind's control."""
    return {"type": DAYS, "name": name}


def privacy_page(*, shop: Settings, records: Sequence[Record]) -> Component:
    """Return the page as things are."""
    return page(
        _kept(shop),
        _person(),
        section(
            html.Div(record_list(records=records), id=RECORDS),
            title="What was deleted",
            subtitle="People deleted on request, each with a certificate, and data past its keeping time.",
        ),
        dcc.Interval(id=AGAIN, interval=3_000, disabled=not _is_waiting(records)),
        dcc.Download(id=FILE),
        _dialog(),
        title="Privacy",
        subtitle="How long data is kept, and the data of one person.",
        actions=button("Settings", href="/settings", icon="arrow-left", kind="quiet"),
    )


def refused(*, title: str, text: str) -> Component:
    """Return the page for whoever may not see it."""
    return page(banner("warning", title, text), title="Privacy")


def record_list(*, records: Sequence[Record]) -> Component:
    """Return what was deleted, the latest first."""
    if not records:
        return card(empty_state("Nothing deleted yet", "Certificates of deletions will appear here."))
    return card(
        simple_table(
            ["When", "What", "By", "Entries", "Certificate"],
            [_row(record) for record in records],
            numeric=(3,),
            caption="What was deleted",
            stack=True,
        ),
        flush=True,
    )


def found(*, told: Mapping[str, Any]) -> Component:
    """Return where a person is, and what can be done."""
    nowhere = not (told["exports"] or told["live"] or told["audiences"] or told["saved"])
    if nowhere:
        text = "Delete them all the same to get a certificate."
        return banner("info", "No data on this person", text, _actions())
    live = sum(told["live"].values())
    lines = [
        ("Ids", number(told["ids"])),
        ("Live", f"{number(live)} entries" if live else "nothing"),
        ("Audiences", ", ".join(told["audiences"]) or "none"),
        ("Models that learned from these exports", ", ".join(told["models"]) or "none"),
    ]
    rows = [
        [
            each["name"],
            number(each["rows"]) if each["is_read"] else "not read yet",
            number(each["sessions"]),
        ]
        for each in told["exports"]
    ]
    table = simple_table(
        ["Export", "Rows read", "Scored sessions"], rows, numeric=(1, 2), caption="Exports", stack=True
    )
    return html.Div(
        [facts(*lines, class_name="facts-beside"), *([table] if rows else []), _actions()],
        className="vstack gap-3",
    )


def _actions() -> Component:
    return html.Div(
        [
            button("Download their data", id=DOWNLOAD, icon="download"),
            button("Delete this person", id=DELETE, kind="danger", icon="trash"),
        ],
        className="hstack flex-wrap gap-2",
    )


def _is_waiting(records: Sequence[Record]) -> bool:
    return any(record.state in ("waiting", "running") for record in records)


def _kept(shop: Settings) -> Component:
    return card(
        html.Div([_days(name, getattr(shop, name)) for name in KINDS], className="settings-fields"),
        dbc.Checkbox(
            id=days_id("pseudonymise"),
            label="Replace visitor ids, e-mail addresses and names with keyed hashes on arrival",
            value=shop.pseudonymise,
            className="mt-3 small",
        ),
        html.Div(
            "Applies from now on. An id gets the same hash in every export; original files are replaced by "
            "the data read from them. Hashed ids can't go to ad platforms or mailings.",
            className="smaller text-body-tertiary",
        ),
        html.Div(id=SAID, role="status", className="hide-empty mt-3"),
        html.Div(button("Save", id=SAVE, kind="primary"), className="d-flex justify-content-end mt-3"),
        title="What is kept, and for how long",
        subtitle="In days; empty means forever. Older data is deleted once a day. The demo shop stays.",
    )


def _days(name: str, value: int | None) -> Component:
    entry = dbc.Input(
        id=days_id(name), value=value, type="number", min=1, step=1, placeholder="forever", size="sm"
    )
    return html.Div(
        [
            html.Label(
                SHOP_LABELS[name], htmlFor=dom_id(days_id(name)), className="form-label small fw-medium mb-1"
            ),
            dbc.InputGroup([entry, dbc.InputGroupText("days")], size="sm"),
            html.Div(HELP[name], className="mt-1 smaller text-body-tertiary"),
        ]
    )


def _person() -> Component:
    where = " in this project; search other projects separately" if get_settings().has_projects else ""
    return card(
        html.Div(
            [
                html.Div(
                    [
                        html.Label(
                            "Visitor id, user id or e-mail address",
                            htmlFor=WHO,
                            className="form-label small fw-medium mb-1",
                        ),
                        dbc.Input(
                            id=WHO, type="text", autocomplete="off", maxlength=500, size="sm", n_submit=0
                        ),
                    ],
                    className="flex-grow-1",
                ),
                button("Find", id=FIND, kind="primary", icon="search"),
            ],
            className="d-flex flex-wrap gap-2 align-items-end",
        ),
        dbc.Checkbox(
            id=ALONE,
            label="Only this id, not others recorded together with it",
            value=False,
            className="mt-2 small",
        ),
        html.Div(id=FOUND, className="hide-empty mt-3", **{"aria-live": "polite"}),
        title="One person",
        subtitle=f"Find where their data is, download it, or delete it everywhere{where}.",
    )


def _row(record: Record) -> list[Any]:
    told = record.told or {}
    by = "retention" if record.kind == "retention" else record.who
    if record.kind == "retention":
        parts = ", ".join(f"{number(n)} {name}" for name, n in told["deleted"].items())
        return [
            date_time(record.created_at),
            f"Too old: {parts}",
            by,
            number(sum(told["deleted"].values())),
            "–",
        ]
    if record.state == "failed":
        message = str(told.get("error", {}).get("message", ""))
        return [date_time(record.created_at), f"A person: failed. {message}", by, "–", "–"]
    if record.state != "done":
        waiting = badge("Deleting" if record.state == "running" else "Waiting for the worker", "neutral")
        return [date_time(record.created_at), ["A person ", waiting], by, "–", "–"]
    subject = html.Code(f"{told['subject'][:12]}…", title="SHA-256 of the id that was given")
    return [
        date_time(record.created_at), ["A person ", subject], by, number(told["rows"]), _files(record.id),
    ]  # fmt: skip


def _files(record_id: str) -> Component:
    at = f"/api/privacy/deletions/{quote(record_id)}/certificate"
    return html.Div(
        [
            button(kind.upper() if kind != "html" else "Page", href=f"{at}.{kind}", external=True, small=True)
            for kind in ("html", "csv", "json")
        ],
        className="hstack gap-1 justify-content-end",
    )


def _dialog() -> Component:
    return modal(
        [
            html.P("All data on this person is deleted, on every page."),
            html.P(
                "Original files that name them are replaced by the data read from them; exports not read "
                "yet are deleted whole. Models keep what they learned. This can't be undone."
            ),
        ],
        id=DIALOG,
        title="Delete this person?",
        title_id=f"{DIALOG}-title",
        buttons=[
            button("Keep", id=CANCEL, kind="quiet"),
            button("Delete", id=YES, kind="danger"),
        ],
    )
