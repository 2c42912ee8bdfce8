"""Templates: found by their path, escaped, and strict about what they are given."""

from __future__ import annotations

import pytest
from jinja2 import TemplateNotFound, UndefinedError

from core.base.html import macros, render
from core.base.tokens import tokens

MESSAGE = "core/security/templates/message.html"


def test_what_a_template_is_given_is_escaped() -> None:
    page = render(
        MESSAGE,
        title="<b>",
        text="a & b",
        href="/",
        label="Back",
        retry="/?a=1&b",
        product='"',
        width="480px",
    )
    assert "<h1>&lt;b&gt;</h1>" in page
    assert "a &amp; b" in page
    assert 'href="/?a=1&amp;b">Try again' in page
    assert "<b>" not in page


def test_what_a_template_misses_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(UndefinedError, match="'text' is undefined"):
        render(MESSAGE, title="a", product="b", width="480px")
    with pytest.raises(TemplateNotFound):
        render("core/../README.md")


def test_macros_return_markup() -> None:
    parts = macros("components/base/templates/parts.html")
    assert parts.facts([("<", "1")]).__html__() == '<dl class="facts">\n<dt>&lt;</dt><dd>1</dd>\n</dl>\n'


def test_documents_have_the_products_colours_in_light_and_in_dark() -> None:
    light, dark = tokens()
    assert light.keys() == dark.keys()
    palette = render("core/base/templates/palette.css")
    before, after = palette.split("@media screen and (prefers-color-scheme: dark)")
    assert f"--canvas: {light['bs-tertiary-bg']};" in before
    assert f"--canvas: {dark['bs-tertiary-bg']};" in after
    assert light["bs-tertiary-bg"] != dark["bs-tertiary-bg"]
