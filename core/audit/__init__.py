"""The audit log: who did what, when, from where. It is only ever added to."""

from core.audit.files import as_csv, as_json_lines
from core.audit.log import ACTIONS, Action, Entry, record
from core.audit.reading import (
    Checked,
    Wanted,
    action_name,
    count,
    entries,
    every_entry,
    people,
    verify,
    within,
)

__all__ = [
    "ACTIONS",
    "Action",
    "Checked",
    "Entry",
    "Wanted",
    "action_name",
    "as_csv",
    "as_json_lines",
    "count",
    "entries",
    "every_entry",
    "people",
    "record",
    "verify",
    "within",
]
