"""The audit log: who did what, when, and from where. It is only ever added to."""

from core.audit.log import ACTIONS, Action, Entry, entries, record

__all__ = ["ACTIONS", "Action", "Entry", "entries", "record"]
