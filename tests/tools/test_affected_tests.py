"""A change leads to its own tests first, then to those of what imports it, and to no others."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools.affected_tests import affected_tests, changed_files, within

FILES = {
    "app.py": "from dash import Dash\n",
    "pages/home.py": "from components import card\n",
    "components/__init__.py": "",
    "components/card.py": "def f():\n    from core.money import euros\n",
    "core/__init__.py": "",
    "core/money.py": "",
    "core/other.py": "STYLES = 'theme.css'\n",
    "tests/__init__.py": "",
    "tests/browser/__init__.py": "",
    "tests/browser/test_all.py": "from core import money\n",
    "tests/core/__init__.py": "",
    "tests/core/test_money.py": "from core.money import x\n",
    "tests/core/test_other.py": "from core.other import x\n",
    "tests/core/test_prices.py": "from core.money import x\n",
    "tests/components/__init__.py": "",
    "tests/components/test_card.py": "from components.card import f\n",
    "tests/pages/__init__.py": "",
    "tests/pages/conftest.py": "from app import server\n",
    "tests/pages/test_home.py": "",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("changed", "tests"),
    [
        (
            "core/money.py",
            ["core/test_money", "core/test_prices", "components/test_card", "pages/test_home"],
        ),
        ("core/other.py", ["core/test_other"]),
        # Dash finds pages in their folder; the tests of pages get the application from their conftest.
        ("pages/home.py", ["pages/test_home"]),
        ("tests/core/test_prices.py", ["core/test_prices"]),
        ("tests/pages/conftest.py", ["pages/test_home"]),
        # No module, but named by one.
        ("assets/theme.css", ["core/test_other"]),
        ("README.md", []),
    ],
)
def test_nearest_first(project: Path, changed: str, tests: list[str]) -> None:
    assert affected_tests([changed], project) == [f"tests/{name}.py" for name in tests]


def test_what_takes_too_long_is_left_out_and_shorter_ones_still_fit() -> None:
    ranked = ["a", "b", "c", "untimed"]
    assert within(ranked, 10.0, {"a": 6.0, "b": 5.0, "c": 1.0}) == ["a", "c", "untimed"]
    assert within(ranked, 9.0, {"a": 6.0, "b": 5.0, "c": 1.0}) == ["a", "c"]


def test_a_change_is_what_differs_from_the_trunk(project: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        subprocess.run(["git", *identity, *arguments], cwd=project, check=True, capture_output=True)

    git("init", "-b", "main")
    (project / ".gitignore").write_text("*.log\n")
    git("add", "-A")
    git("commit", "-m", "first")
    assert changed_files(project) == set()
    git("switch", "-c", "branch")
    (project / "core/money.py").write_text("committed = 1\n")
    git("commit", "-am", "second")
    (project / "core/other.py").write_text("not_committed = 1\n")
    (project / "new.py").write_text("")
    (project / "run.log").write_text("")

    assert changed_files(project) == {"core/money.py", "core/other.py", "new.py"}
