"""Log lines can be read by programs, tell requests apart, and carry nobody's data."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from core.base.logs import FIELDS, JsonFormatter, TextFormatter
from core.base.request_id import during, new_request_id, request_id


def record(message: str, *arguments: object, error: BaseException | None = None, **fields: object):
    information = (type(error), error, error.__traceback__) if error else None
    made = logging.LogRecord("core.test", logging.WARNING, __file__, 1, message, arguments, information)
    if fields:
        setattr(made, FIELDS, fields)
    return made


def test_a_line_is_one_json_object_with_its_request() -> None:
    with during("abc-1"):
        line = JsonFormatter().format(record("two\nlines of %s", "ours", route="/results/{result_id}"))
    assert "\n" not in line
    told = json.loads(line)
    assert told["message"] == "two\nlines of ours"
    assert (told["request_id"], told["route"], told["level"]) == ("abc-1", "/results/{result_id}", "warning")
    assert request_id() == ""


@pytest.mark.parametrize("formatter", [JsonFormatter(), TextFormatter()])
@pytest.mark.parametrize(
    "personal",
    ["anna.mueller+shop@mail.example", "203.0.113.77", "2001:db8:0:1::7", "+49 (0)171 1234567"],
)
def test_what_could_be_somebody_is_left_out(formatter: logging.Formatter, personal: str) -> None:
    try:
        try:
            raise KeyError(personal)
        except KeyError as error:
            raise ValueError(f"could not convert string to float: 'Ann Example' of {personal}") from error
    except ValueError:
        line = formatter.format(record("row of %s failed", personal, error=sys.exc_info()[1]))
    assert personal not in line
    assert "Ann Example" not in line
    assert "ValueError: could" in line or '"builtins.ValueError"' in line
    assert "KeyError" in line
    assert "test_logs.py" in line


def test_where_the_server_listens_and_versions_are_nobodys() -> None:
    line = TextFormatter().format(record("listening on 127.0.0.1:8050 since 12:30:05, gunicorn 27.0.1"))
    assert "127.0.0.1:8050 since 12:30:05, gunicorn 27.0.1" in line


def test_a_request_keeps_a_name_that_can_stand_in_a_log() -> None:
    assert new_request_id("Root=1-67891233_a.b") != "Root=1-67891233_a.b"
    assert new_request_id("1-67891233-abcdef") == "1-67891233-abcdef"
    assert new_request_id('x" forged="1') != 'x" forged="1'
    assert len(new_request_id(None)) == 16
    assert new_request_id(None) != new_request_id(None)
