"""What can be taken away from a result: a report, and its filtered sessions as files."""

from __future__ import annotations

from urllib.parse import quote

import dash_bootstrap_components as dbc
from dash.development.base_component import Component

from components.base.icons import icon
from components.base.layout import button
from core.results.export import FORMATS
from core.results.filters import Filters

FORMAT_NAMES = {"csv": "CSV", "parquet": "Parquet", "xlsx": "Excel"}


def downloads(*, result_id: str, filters: Filters, reasons: bool = True) -> list[Component]:
    """Return a report of the filtered sessions, and a menu of files in the table's order.

    With ``reasons`` one of the files has each session's strongest reasons, where purchases are predicted.
    """
    query = filters.to_query()
    chosen = filters.only_filters().to_query()
    files = [(FORMAT_NAMES[fmt], fmt, query) for fmt in FORMATS]
    if reasons:
        files.append(("CSV with reasons", "csv", "&".join(filter(None, [query, "reasons=yes"]))))
    return [
        button(
            "Report",
            href=f"/api/results/{quote(result_id)}/report.html{'?' + chosen if chosen else ''}",
            icon="report",
            external=True,
            title="One file with figures, tables and the model card, to share or print",
        ),
        dbc.DropdownMenu(
            [
                dbc.DropdownMenuItem(
                    name,
                    href=f"/api/results/{quote(result_id)}/download.{fmt}{'?' + asked if asked else ''}",
                    external_link=True,
                )
                for name, fmt, asked in files
            ],
            label=[icon("download"), "Download"],
            color="secondary",
            align_end=True,
        ),
    ]
