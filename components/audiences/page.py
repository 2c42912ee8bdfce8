"""The page of a kept audience: what it is, its files, another result it is applied to, its outcome."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from components.audiences.ad_list import platform_card
from components.audiences.labels import definition_lines, people
from components.audiences.list import PATH, made_by
from components.audiences.new import result_address
from components.audiences.summary import average_probability, curve_card, headline, notes_card, verdict
from components.base.control import quietly_named
from components.base.format import ago, date_time, estimate, number
from components.base.layout import (
    banner,
    button,
    card,
    error_panel,
    facts,
    page,
    simple_table,
    synthetic_badge,
)
from components.base.modal import modal
from components.shared.source_picker import source_options
from components.shared.trust import warning
from core.audiences import Figures, figures, profit_curve
from core.audiences.repository import definition_of
from core.audiences.selection import Selection
from core.base.errors import CoreError
from core.results.sources import Source
from core.results.trust import Trust
from core.storage import Audience

#: Ids of this component. ``PLACE`` is where the page stands, ``SHOWN`` holds the audience's id and the
#: result it is applied to, ``OPEN`` an address to go to.
PLACE = "audience-place"
SHOWN = "audience-shown"
OPEN = "audience-open"
APPLY = "audience-apply"
RENAME = "audience-rename"
RENAME_DIALOG = "audience-rename-dialog"
RENAME_TITLE = "audience-rename-title"
RENAME_NAME = "audience-rename-name"
RENAME_PROBLEM = "audience-rename-problem"
RENAME_CANCEL = "audience-rename-cancel"
RENAME_SAVE = "audience-rename-save"
DELETE = "audience-delete"
DELETE_DIALOG = "audience-delete-dialog"
DELETE_TITLE = "audience-delete-title"
DELETE_CANCEL = "audience-delete-cancel"
DELETE_YES = "audience-delete-yes"


def audience_page(
    *,
    audience: Audience,
    selection: Selection | CoreError,
    sources: Sequence[Source],
    other: Source | None,
    is_there: bool,
    is_kept: bool,
    clusters: dict[int, str],
    me: str,
    notes: Sequence[str] = (),
    trust: Trust | None = None,
) -> Component:
    """Return the page.

    Parameters
    ----------
    selection
        The audience applied to ``other``, or to the result it was made from; an error where it can't be.
    sources
        Results it may be applied to.
    is_there
        Whether the result it was made from still is.
    is_kept
        Whether it is known who is in it, so that outcomes can be read.
    clusters
        The names of the result's clusters, by id.
    me
        A name for whoever looks at the page (see ``core.base.requester``).
    trust
        How far to trust the predictions of the result it is applied to.
    """
    return page(
        dcc.Store(id=SHOWN, data={"audience": audience.id, "result": other.id if other else ""}),
        dcc.Store(id=OPEN),
        *_dialogs(audience),
        *([banner("warning", "Parts of this link couldn't be used", " ".join(notes))] if notes else []),
        warning(trust),
        *_figures(audience, selection, other, gone=not is_there, is_kept=is_kept),
        html.Div(
            [
                _definition(audience, clusters),
                html.Div(
                    [_outcome(audience, other, is_kept), _apply(audience, sources, other)],
                    className="vstack gap-3",
                ),
            ],
            className="columns align-items-start",
        ),
        *([platform_card()] if isinstance(selection, Selection) else []),
        *([notes_card(figures=figures(selection))] if isinstance(selection, Selection) else []),
        title=audience.name,
        subtitle=_subtitle(audience, is_there, me),
        actions=[
            *(_downloads(audience, other, trust) if isinstance(selection, Selection) else []),
            _definition_file(audience),
            button("Rename", id=RENAME, kind="quiet", icon="pencil"),
            button("Delete", id=DELETE, kind="danger", icon="trash"),
        ],
    )


def _downloads(audience: Audience, other: Source | None, trust: Trust | None) -> list[Component]:
    at, also = f"/api/audiences/{quote(audience.id)}/download.csv", _result_argument(other)
    return [
        button(
            "Download contact list",
            href=f"{at}?{'&'.join(filter(None, ['group=treated&columns=id', also]))}",
            kind="primary" if trust is None or trust.act else "secondary",
            icon="download",
            external=True,
            title="The ids to contact, without the hold-out: ready for an ad platform or a mailing",
        ),
        button(
            "List with hold-out",
            href=f"{at}{'?' + also if also else ''}",
            icon="download",
            external=True,
            title="Everyone, with predictions and the column “group”. Don't contact those held out",
        ),
    ]


def _definition_file(audience: Audience) -> Component:
    return button(
        "Definition",
        href=f"/api/audiences/{quote(audience.id)}/download.json",
        icon="download",
        external=True,
        title="A JSON file without any ids, to make the same audience from another export",
    )


def _result_argument(other: Source | None) -> str:
    return f"result={quote(other.id)}" if other else ""


def _subtitle(audience: Audience, is_there: bool, me: str) -> Component:
    name: Component | str = f"“{audience.result_name}”, which was deleted,"
    if is_there:
        # With the filters it was made with: this is the way back to where it came from.
        name = dcc.Link(
            audience.result_name, href=result_address(audience.result_id, definition_of(audience))
        )
    words = [
        "Made from ",
        name,
        html.Span(
            f" {ago(audience.created_at)}, {made_by(audience, me)}", title=date_time(audience.created_at)
        ),
    ]
    return html.Div(
        [html.Span(words), *([synthetic_badge()] if audience.synthetic else [])],
        className="results-subtitle hstack flex-wrap gap-2",
    )


def _figures(
    audience: Audience,
    selection: Selection | CoreError,
    other: Source | None,
    *,
    gone: bool,
    is_kept: bool,
) -> list[Component]:
    definition, kept = definition_of(audience), Figures.from_dict(audience.figures)
    if isinstance(selection, CoreError):
        if other is not None:
            return [
                error_panel({**selection.to_dict(), "where": other.name}, _back(audience)),
            ]
        return [
            _gone(audience, is_kept) if gone else error_panel(selection.to_dict()),
            html.P("Figures from when it was made:", className="mb-0 text-body-secondary"),
            headline(figures=kept, definition=definition, currency=audience.currency),
        ]
    found, currency = figures(selection), selection.source.currency
    parts = [_compared(audience, kept, found, selection.source)] if other is not None else []
    parts += [
        headline(figures=found, definition=definition, currency=currency),
        verdict(figures=found, definition=definition, currency=currency),
    ]
    if found.buyers is not None:
        curve = profit_curve(selection)
        parts.append(curve_card(curve=curve, figures=found, definition=definition, currency=currency))
    return parts


def _gone(audience: Audience, is_kept: bool) -> Component:
    """Say what an audience can still do without the result it was made from."""
    works = "applying the definition to another result, or downloading it"
    lost = "downloading the list, and the profit chart"
    if is_kept:
        works = (
            "measuring the campaign, because both groups are saved with the audience (as hashed ids); "
            f"and {works}"
        )
    else:
        lost = f"{lost}; and measuring the campaign, because the groups weren't saved"
    return banner(
        "info" if is_kept else "warning",
        f"The result “{audience.result_name}” was deleted",
        html.Ul([html.Li(f"Still possible: {works}."), html.Li(f"No longer possible: {lost}.")]),
    )


def _compared(audience: Audience, kept: Figures, found: Figures, source: Source) -> Component:
    """Return the counts of the result it was made from beside those of the one it is applied to."""
    kind = people(definition_of(audience).one_row_per)

    def rows(figures: Figures, currency: str | None) -> list[str]:
        return [
            number(figures.sessions),
            number(figures.people),
            number(figures.n),
            number(figures.treated),
            number(figures.held_out),
            average_probability(figures),
            estimate(figures.expected_revenue, currency),
        ]

    names = [
        "Sessions matching the filters",
        f"{kind.capitalize()} to choose from",
        f"{kind.capitalize()} in the audience",
        "To contact",
        "Held out",
        "Average probability",
        "Expected revenue",
    ]
    before, after = rows(kept, audience.currency), rows(found, source.currency)
    return card(
        simple_table(
            ["", f"{audience.result_name}, when it was made", source.name],
            [list(row) for row in zip(names, before, after, strict=True)],
            numeric=(1, 2),
            caption="The audience in both results",
            stack=True,
        ),
        title=f"Applied to {source.name}",
        subtitle="Same definition and same random seed: anyone in both results is in the same group.",
        actions=_back(audience),
        flush=True,
    )


def _back(audience: Audience) -> Component:
    return button(
        f"Back to {audience.result_name}",
        href=f"{PATH}/{quote(audience.id)}",
        icon="arrow-left",
        kind="quiet",
    )


def _definition(audience: Audience, clusters: dict[int, str]) -> Component:
    lines = definition_lines(definition_of(audience), clusters, audience.currency)
    return card(facts(*lines, class_name="facts-beside"), title="Definition")


def _outcome(audience: Audience, other: Source | None, is_kept: bool) -> Component:
    also, held_out = _result_argument(other), definition_of(audience).held_out
    if not is_kept and not held_out:
        text = "Nobody was held out and the groups weren't saved, so the campaign can't be measured."
    elif not is_kept:
        text = (
            "The groups weren't saved, so no new outcomes can be read. Outcomes read earlier are still there."
        )
    elif not held_out:
        text = "Nobody is held out, so the campaign's effect can't be measured."
    else:
        text = (
            "After the campaign, upload who bought. Comparing the contacted with the hold-out shows its real "
            "effect."
        )
    return card(
        html.P(text, className="mb-0 text-body-secondary"),
        html.Div(
            button(
                "Campaign results",
                href=f"{PATH}/{quote(audience.id)}/outcomes{'?' + also if also else ''}",
                icon="chart",
            ),
            className="audiences-row hstack flex-wrap gap-2 mt-3",
        ),
        title="After the campaign",
    )


def _apply(audience: Audience, sources: Sequence[Source], other: Source | None) -> Component:
    offered = [source for source in sources if source.id != audience.result_id]
    if not offered:
        said = "No other result yet. Upload tomorrow's export and apply the definition to it."
        return card(html.P(said, className="mb-0 text-body-secondary"), title="Apply to another result")
    options = source_options(offered, other or offered[0])
    return card(
        html.P(
            "The same definition on tomorrow's export: returning visitors stay in the same group.",
            className="mb-0 text-body-secondary",
        ),
        html.Div(
            quietly_named(
                "Result to apply the audience to",
                dbc.Select(
                    id=APPLY,
                    options=options,
                    value=other.id if other else None,
                    placeholder="Choose a result",
                    size="sm",
                ),
            ),
            className="audiences-row hstack flex-wrap gap-2 mt-3",
        ),
        title="Apply to another result",
    )


def _dialogs(audience: Audience) -> list[Component]:
    return [
        modal(
            [
                html.Label("Name", htmlFor=RENAME_NAME, className="smaller fw-medium text-body-secondary"),
                dbc.Input(id=RENAME_NAME, type="text", value=audience.name, maxlength=120),
                html.Div(id=RENAME_PROBLEM, role="alert"),
            ],
            title="Rename the audience",
            title_id=RENAME_TITLE,
            id=RENAME_DIALOG,
            buttons=[
                button("Cancel", id=RENAME_CANCEL, kind="quiet"),
                button("Save name", id=RENAME_SAVE, kind="primary"),
            ],
        ),
        modal(
            [
                html.P(
                    [
                        html.Strong(audience.name),
                        " is deleted along with its groups (contact and hold-out) and all campaign results. "
                        "Results and exports stay.",
                    ]
                ),
                html.P(
                    "If a campaign is still running, download the definition and the list with hold-out "
                    "first: without them, its effect can't be measured."
                ),
            ],
            title="Delete this audience?",
            title_id=DELETE_TITLE,
            id=DELETE_DIALOG,
            buttons=[
                button("Keep", id=DELETE_CANCEL, kind="quiet"),
                button("Delete", id=DELETE_YES, kind="danger"),
            ],
        ),
    ]
