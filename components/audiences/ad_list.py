"""An audience as an ad platform's file: choose the platform, see its columns and first rows, download it."""

from __future__ import annotations

from urllib.parse import quote

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from components.base.format import number
from components.base.layout import banner, button, card, facts, simple_table
from core.audiences.ad_list import Summary
from core.audiences.platforms import PLATFORMS, Column

#: Ids of this component: the platform that is chosen, and what its file comes to.
CHOICE, SHOWN = "audience-platform", "audience-platform-file"

#: What a platform asks for, in words.
FIELDS = {
    "email": "E-mail address",
    "phone": "Phone number",
    "first_name": "First name",
    "last_name": "Last name",
    "country": "Country",
    "postcode": "Postcode",
    "city": "City",
    "state": "State",
    "device": "Mobile advertising id",
    "job_title": "Job title",
    "company": "Company",
}
#: Of a hash, as many letters are shown.
LETTERS = 12


def platform_card() -> Component:
    """Return the card, with no platform chosen."""
    options = [{"label": each.name, "value": each.key} for each in PLATFORMS.values()]
    return card(
        html.Div(
            [
                html.Label("Ad platform", htmlFor=CHOICE, className="visually-hidden"),
                dbc.Select(id=CHOICE, options=options, placeholder="Choose a platform", size="sm"),
            ],
            className="audiences-row hstack flex-wrap gap-2",
        ),
        html.Div(id=SHOWN, className="hide-empty mt-3", **{"aria-live": "polite"}),
        title="List for an ad platform",
        subtitle="In the platform's own layout, hashed as it asks. The hold-out is left out.",
    )


def file_of(*, summary: Summary, address: str, may_download: bool) -> Component:
    """Return what a platform's file comes to.

    Parameters
    ----------
    address
        Where the file is downloaded.
    may_download
        Whether whoever looks at it may see ids: without that, neither rows nor a download are shown.
    """
    platform = summary.platform
    left_out = "; ".join(f"{number(n)} {reason}" for reason, n in summary.left_out.items())
    lines = [
        ("Rows", f"{number(summary.rows)}, from {number(summary.people)} to contact"),
        ("Left out", left_out or "nobody"),
        ("Consent", ", ".join(summary.consent) or "no consent column in this export"),
        ("Upload at", platform.upload),
    ]
    return html.Div(
        [
            facts(*lines, class_name="facts-beside"),
            *_warnings(summary),
            simple_table(
                ["Column", "Holds", "From", "Rows filled"],
                [_column(column, summary) for column in platform.columns],
                numeric=(3,),
                caption=f"Columns of the file for {platform.name}",
                stack=True,
            ),
            *([_preview(summary)] if may_download and summary.rows else []),
            *([_download(address, platform.name)] if may_download and summary.rows else []),
        ],
        className="vstack gap-3",
    )


def list_address(audience_id: str, platform: str, result: str) -> str:
    """Return where a platform's file is downloaded; ``result`` is empty for the one it was made from."""
    at = f"/api/audiences/{quote(audience_id)}/lists/{quote(platform)}/download.csv"
    return f"{at}?result={quote(result)}" if result else at


def _warnings(summary: Summary) -> list[Component]:
    made = []
    if not summary.rows:
        made.append(banner("warning", "Nobody in this audience can be listed", summary.remedy))
    elif not summary.consent:
        text = (
            "Add a column such as “marketing_consent” to the export, and only those who agreed are listed. "
            "Until then, make sure that everyone did."
        )
        made.append(banner("info", "This export doesn't say who agreed to advertising", text))
    if summary.rows:
        made += [banner("warning", problem) for problem in summary.problems]
    return made


def _column(column: Column, summary: Summary) -> list[Component | str]:
    holds = FIELDS[column.field] + (", hashed (SHA-256)" if column.is_hashed else "")
    taken = summary.taken.get(column.field)
    n = summary.filled[column.heading]
    source = ("the id" if n else "not in file") if not taken else ", ".join(taken) if n else "empty in file"
    return [html.Code(column.heading), holds, source, number(n)]


def _preview(summary: Summary) -> Component:
    headings = summary.platform.headings or ("One id per row, no headings",)
    return simple_table(
        list(headings),
        [[html.Code(_short(cell)) if cell else "–" for cell in line] for line in summary.preview],
        caption=f"First rows of the file for {summary.platform.name}",
    )


def _short(cell: str) -> str:
    return f"{cell[:LETTERS]}…" if len(cell) > 2 * LETTERS else cell


def _download(address: str, name: str) -> Component:
    return html.Div(
        button(f"Download for {name}", href=address, icon="download", external=True, kind="primary"),
        className="d-flex",
    )
