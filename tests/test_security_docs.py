"""What docs/security.md says is shown by a test is: each one it names exists, and each "met" names one."""

from __future__ import annotations

import ast
import re

import pytest

from tests.conftest import ROOT

_ROW = re.compile(r"^\| (V\d+[^|]*) \| (met|not met|n/a) \| (.+) \|$", re.MULTILINE)
_TEST = re.compile(r"`(tests/[\w/.]+\.py)(?:::(\w+))?`")
ROWS = _ROW.findall((ROOT / "docs/security.md").read_text())
#: Chapters of ASVS 5.0.
CHAPTERS = range(1, 18)


def is_there(path: str, name: str) -> bool:
    """Whether a file of tests is there, and defines this one."""
    file = ROOT / path
    if not file.is_file():
        return False
    defined = {
        node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)
    }
    return not name or name in defined


def test_every_chapter_has_its_rows() -> None:
    assert {int(re.match(r"V(\d+)", section)[1]) for section, _, _ in ROWS} == set(CHAPTERS)
    lines = (ROOT / "docs/security.md").read_text().splitlines()
    assert len(ROWS) == sum(line.startswith("| V") for line in lines)


@pytest.mark.parametrize(("section", "state", "text"), ROWS, ids=[row[0].split()[0] for row in ROWS])
def test_what_is_met_is_shown_by_tests_that_exist(section: str, state: str, text: str) -> None:
    tests = _TEST.findall(text)
    assert [test for test in tests if not is_there(*test)] == []
    if state == "met":
        assert tests, f"{section} names no test"


def test_a_test_that_is_not_there_is_noticed() -> None:
    assert not is_there("tests/test_security_docs.py", "test_nothing")
    assert not is_there("tests/test_nothing.py", "")
