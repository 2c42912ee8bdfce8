"""Commands as they are given, in this process: another one would import everything anew."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import pytest

from core.base.settings import get_settings
from core.cli.main import main


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


class Core(Protocol):
    """Runs a command of the product, with settings by the environment."""

    def __call__(self, *arguments: object, **environment: str) -> Done: ...


@pytest.fixture
def core(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Core:
    """Return what runs commands, on a data folder of the test's own."""
    data = tmp_path_factory.mktemp("data")

    def run(*arguments: object, **environment: str) -> Done:
        told = {"NO_COLOR": "1", "COLUMNS": "200", "PREDICTOR_DATA_DIR": str(data), **environment}
        with monkeypatch.context() as patch:
            for name, value in told.items():
                patch.setenv(name, value)
            get_settings.cache_clear()
            with pytest.raises(SystemExit) as ended:
                main(list(map(str, arguments)))
        get_settings.cache_clear()
        said = capfd.readouterr()
        return Done(int(ended.value.code), said.out, said.err)  # type: ignore[arg-type]

    return run
