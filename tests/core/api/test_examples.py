"""The examples of docs/api.md work as they stand there, one after another, against a real server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from core.base.settings import Settings
from core.keys import SCOPES, make_key
from tests.conftest import ROOT
from tests.serving import Server

EXAMPLES = re.findall(
    r"^```(sh|python)\n(.*?)^```", (ROOT / "docs/api.md").read_text(), re.DOTALL | re.MULTILINE
)
EXPORT = "session_id,clicks,price_mean,cart_adds\n" + "".join(
    f"s{n},{n % 30},{5 + n % 70}.5,{n % 3}\n" for n in range(300)
)


@pytest.mark.server
@pytest.mark.parametrize(("language", "code"), EXAMPLES, ids=[language for language, _ in EXAMPLES])
def test_an_example_does_what_it_shows(language: str, code: str, server: Server, tmp_path: Path) -> None:
    settings = Settings(data_dir=server.data_dir)
    _, secret = make_key("Example", scopes=SCOPES, settings=settings)
    (tmp_path / "october.csv").write_text(EXPORT)
    command = [sys.executable, "-c", code] if language == "python" else [str(shutil.which("sh")), "-ec", code]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "SHOP": server.url, "KEY": secret},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if language == "python":
        lines = done.stdout.splitlines()
        assert sum(bool(re.match(r"s\d+ ", line)) for line in lines) == 300
        # Of the 100 about one in ten is held out.
        assert 80 <= sum(bool(re.fullmatch(r"[0-9a-f]{64}", line)) for line in lines) < 100
    else:
        assert '"purchase_probability"' in done.stdout


def test_there_are_examples_in_both() -> None:
    assert {language for language, _ in EXAMPLES} == {"sh", "python"}
