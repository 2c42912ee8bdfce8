"""Rules by the command line: made of a file, tried, switched, and what wasn't delivered."""

from __future__ import annotations

import json
from pathlib import Path

from tests.core.cli.conftest import Core

RULE = {
    "name": "Hesitating",
    "conditions": {"steps": ["cart"], "cart_from": 50},
    "action": {"kind": "page", "name": "free-shipping"},
}


def test_a_rule_from_its_file_to_its_end(core: Core, tmp_path: Path) -> None:
    file = tmp_path / "rule.json"
    file.write_text(json.dumps(RULE))
    made = core("rules", "save", file)
    rule = made.stdout.strip()
    assert made.returncode == 0, made.stderr
    listed = f"{rule}  off  page     fired 0 (0 held out, 0 not delivered)  Hesitating\n"
    assert core("rules", "list").stdout == listed

    shown = json.loads(core("rules", "show", rule).stdout)
    assert shown["conditions"]["cart_from"] == 50
    file.write_text(json.dumps({**shown, "name": "Hesitates"}))
    assert core("rules", "save", file, "--id", rule).stdout.strip() == rule
    assert "“Hesitates” is on." in core("rules", "on", rule).stderr
    assert f"{rule}  on " in core("rules", "list").stdout
    assert "“Hesitates” is off." in core("rules", "off", rule).stderr

    tried = core("rules", "dry-run", rule)
    assert (tried.returncode, "No live visit of the last 7 days is over yet." in tried.stderr) == (3, True)
    again = core("rules", "undelivered", rule, "--again")
    assert (again.stdout, again.stderr.strip()) == ("", "Sent again: 0.")

    assert core("rules", "delete", rule, "--yes").returncode == 0
    assert core("rules", "list").stdout == ""
    assert core("rules", "on", rule).returncode == 3


def test_what_is_no_rule_is_said(core: Core, tmp_path: Path) -> None:
    file = tmp_path / "rule.json"
    for text, said in (
        ("{", "The file is not JSON"),
        ("[]", "The file holds no rule."),
        ('{"name": "R", "when": 1}', "“when” isn't part of a rule."),
        ('{"conditions": {}}', "The rule needs a name."),
    ):
        file.write_text(text)
        done = core("rules", "save", file)
        assert done.returncode != 0
        assert said in done.stderr
