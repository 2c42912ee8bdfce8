"""HTML that is written without Dash: reports, model cards, sign-in, errors. One way to write all of it.

Templates stand beside whoever fills them and are named by their path from the project's root. Whatever they
are given is escaped unless it is ``Markup``; a name they are not given is an error.
"""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from core.base.settings import ROOT
from core.base.tokens import tokens

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(ROOT),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
# For core/base/templates/palette.css, which gives every document the product's colours.
_ENVIRONMENT.globals.update(zip(("light", "dark"), tokens(), strict=True))


def template(name: str) -> Template:
    """Return a template by its path from the project's root."""
    return _ENVIRONMENT.get_template(name)


def render(name: str, **context: object) -> Markup:
    """Return a filled template."""
    return Markup(template(name).render(context))  # noqa: S704  the template has escaped what it was given


def macros(name: str) -> Any:  # noqa: ANN401  what a template defines is known when it is read
    """Return the macros of a template as functions that return ``Markup``."""
    return template(name).module
