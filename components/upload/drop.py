"""Where files are let go or chosen, how far they are, and samples for those who have none at hand.

``assets/js/upload/`` fills the places of this component: a file's bytes never pass through a callback.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dash import dcc, html
from dash.development.base_component import Component

from components.base.format import size
from components.base.layout import button, card, icon

if TYPE_CHECKING:
    from core.services.demo import Sample

#: Ids of this component; the script knows them too.
DROP = "upload-drop"
PICKER = "upload-picker"
FILE = "upload-file"
LIST = "upload-list"
EARLIER = "upload-earlier"
STATUS = "upload-status"
DONE = "upload-done"
HELP = "upload-help"
SAMPLE = "upload-sample"


def sample_id(name: str) -> dict[str, str]:
    """Return the id of the button that tries a sample."""
    return {"type": SAMPLE, "sample": name}


def drop_zone(*, limit: int, suffixes: Sequence[str], elsewhere: Component | None = None) -> Component:
    """Return the box for files; ``limit`` is the largest that is taken, in bytes.

    ``elsewhere`` offers another way to bring an export.
    """
    return html.Div(
        [
            html.Div(
                [
                    html.Span(icon("upload", size=24), className="text-body-tertiary"),
                    html.Label(
                        [html.Span("Choose files", className="btn btn-primary"), html.Div(id=PICKER)],
                        htmlFor=FILE,
                        className="upload-choose position-relative",
                    ),
                    html.Div(
                        "or drop files or a folder anywhere on this page", className="text-body-secondary"
                    ),
                    html.Div(
                        "CSV, TSV, JSON or Parquet, also gzipped or zipped, and XLSX; "
                        f"up to {size(limit)} a file. "
                        "Events or session rows: we detect the format.",
                        id=HELP,
                        className="measure small text-body-tertiary",
                    ),
                    *([elsewhere] if elsewhere else []),
                ],
                id=DROP,
                className="upload-drop",
                **{"data-limit": str(limit), "data-accept": ",".join(suffixes)},
            ),
            html.Ul(id=LIST, className="upload-list", **{"aria-label": "Uploads"}),
            html.Div(
                [
                    html.H2("Unfinished uploads"),
                    html.P(
                        "The connection was lost or the page closed before the end. Choose the same file "
                        "again to continue where it stopped.",
                        className="mt-1 mb-0 small text-body-tertiary",
                    ),
                    html.Ul(id=EARLIER, className="vstack gap-3 mt-3 list-unstyled"),
                ],
                className="card upload-earlier",
                hidden=True,
            ),
            html.Div(id=STATUS, className="visually-hidden", role="status", **{"aria-live": "polite"}),
            dcc.Store(id=DONE),
        ]
    )


def sample_cards(*, samples: Iterable[Sample]) -> Component:
    """Return the samples, each with a button that scores it and a link to the file."""
    return html.Div(
        [
            card(
                html.P(sample.text, className="mb-0 small text-body-tertiary"),
                html.Div(
                    [
                        button("Try it", id=sample_id(sample.name)),
                        button(
                            "File",
                            href=f"/api/samples/{sample.name}",
                            kind="quiet",
                            icon="download",
                            external=True,
                            title=f"Download {sample.filename}",
                        ),
                    ],
                    className="hstack gap-1 justify-content-between",
                ),
                title=sample.title,
                class_name="upload-sample",
            )
            for sample in samples
        ],
        className="cards-sm",
    )
