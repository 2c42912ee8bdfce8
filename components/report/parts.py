"""What sections of a report hand to their templates: figures in words, and charts with their tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from core.base.html import macros
from core.base.written import counted

#: What sections say; each is a macro there.
SECTIONS = macros("components/report/templates/sections.html")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One figure: what it is, how much, and within which range or against what."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A drawing with its title and size of sample, and the same in figures."""

    title: str
    drawing: Markup
    columns: Sequence[str]
    rows: Sequence[Sequence[str | None]]
    n: int
    subtitle: str | None = None
    note: str | None = None

    @property
    def name(self) -> str:
        """What the drawing shows, for who can't see it."""
        return ". ".join(filter(None, (self.title, self.subtitle)))

    @property
    def said(self) -> str:
        """What stands below the drawing."""
        return ". ".join(filter(None, (f"n = {counted(self.n, 'session')}", self.note)))
