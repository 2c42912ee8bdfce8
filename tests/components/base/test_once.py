"""Parts of a page that are written once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from dash import html
from plotly.io.json import to_json_plotly

from components.base.format import number
from components.base.once import answering, once
from core.base import shop
from core.base.identity import Identity, acting_as


class _Part:
    """Makes a part, and counts how often."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> html.Div:
        self.made += 1
        return html.Div([html.Span(number(1234.5, 1)), '"</script>"'])


def _answer(part: _Part, key: str) -> Any:
    with answering() as put_in:
        page = html.Section([once(key, part), once(key, part)])
        return json.loads(put_in(str(to_json_plotly({"response": page}))))


def test_everybody_gets_what_was_made_once() -> None:
    part, plain = _Part(), _Part()
    wanted = json.loads(str(to_json_plotly({"response": html.Section([plain(), plain()])})))
    assert _answer(part, "same") == _answer(part, "same") == wanted
    assert part.made == 1
    _answer(part, "another")
    assert part.made == 2


def test_numbers_as_set_and_hidden_ids_are_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    part = _Part()
    first = _answer(part, "written")
    with acting_as(Identity(role="viewer")):
        _answer(part, "written")
    assert part.made == 2
    german = shop.shop_settings().model_copy(update={"number_format": "1.234,5"})
    monkeypatch.setattr("core.base.written.written_as", lambda: german)
    monkeypatch.setattr("core.base.shop.written_as", lambda: german)
    assert "1.234,5" in str(_answer(part, "written"))
    assert "1,234.5" in str(first)
    assert part.made == 3


def test_outside_of_a_callback_it_is_the_part_itself() -> None:
    part = _Part()
    assert isinstance(once("plain", part), html.Div)
