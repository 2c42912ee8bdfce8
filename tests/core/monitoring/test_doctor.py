"""An installation that is broken in one place: doctor names that place, and what to do."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from core.accounts.people import add_person, set_role
from core.base.errors import SettingsError
from core.base.settings import Settings
from core.cli.main import main
from core.database import get_engine
from core.jobs.heartbeat import beat
from core.monitoring.doctor import Finding, examine, program
from core.storage import get_store
from tests.conftest import ROOT
from tests.oidc.provider import CLIENT, running_provider
from tests.serving import free_port


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    shutil.copytree(ROOT / "models" / "demo-shop", tmp_path / "models" / "demo-shop")
    made = Settings(
        data_dir=tmp_path / "data",
        models_dir=tmp_path / "models",
        port=free_port(),
        min_free_bytes=0,
        DATABASE_URL=None,
        live_database=None,
    )
    lock = get_store(made).data_dir / "worker-0.lock"
    lock.touch()
    beat(lock)
    yield made
    get_store(made).close()


def wrong(settings: Settings) -> dict[str, Finding]:
    return {finding.part: finding for finding in examine(lambda: settings) if finding.state == "wrong"}


def test_a_good_installation_has_nothing_to_mend(settings: Settings) -> None:
    assert wrong(settings) == {}
    assert {"python", "packages", "database", "models", "worker", "disk"} <= {
        finding.part for finding in examine(lambda: settings) if finding.state == "ok"
    }
    # Nothing was changed by looking.
    assert sorted(path.name for path in settings.models_dir.iterdir()) == ["demo-shop"]


def loose_folder(settings: Settings) -> None:
    settings.data_dir.chmod(0o755)


def loose_secret(settings: Settings) -> None:
    (settings.data_dir / "session.key").write_text("secret")
    (settings.data_dir / "session.key").chmod(0o644)


def changed_model(settings: Settings) -> None:
    with (settings.models_dir / "demo-shop" / "reference.parquet").open("ab") as file:
        file.write(b"more")


def damaged_database(settings: Settings) -> None:
    (settings.data_dir / "jobs.sqlite").write_bytes(b"not a database, but a text of some length" * 9)


def newer_schema(settings: Settings) -> None:
    with get_engine(settings).begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))


@pytest.mark.parametrize(
    ("break_it", "part", "said"),
    [
        (loose_folder, "data folder", "Other users"),
        (loose_secret, "secrets", "session.key"),
        (changed_model, "models", "demo-shop in use can't be used"),
        (damaged_database, "data folder", "jobs.sqlite is damaged"),
        (newer_schema, "database", "schema 9999"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_is_broken_is_named(
    settings: Settings, break_it: Callable[[Settings], None], part: str, said: str
) -> None:
    break_it(settings)
    found = wrong(settings)
    assert found.keys() == {part}
    assert said in found[part].message
    assert found[part].remedy


def test_other_settings_that_cannot_work_are_named(settings: Settings) -> None:
    def changed(**values: object) -> dict[str, Finding]:
        return wrong(settings.model_copy(update=values))

    assert "nobody has to sign in" in changed(host="::")["sign-in"].message
    assert "kept" in changed(min_free_bytes=2**62)["disk"].message
    away = changed(database_url="postgresql://me:secret@127.0.0.1:1/shop")["database"].message
    assert "127.0.0.1" in away
    assert "secret" not in away
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = changed(port=other.getsockname()[1])["web server"].message
    assert "can't listen" in taken


def test_a_proxy_on_this_machine_without_secure_cookies_is_told(settings: Settings) -> None:
    def said(**values: object) -> Finding:
        changed = settings.model_copy(update=values)
        return next(one for one in examine(lambda: changed) if one.part == "sign-in")

    assert said().state == "ok"
    assert said(allowed_hosts=("localhost",)).state == "ok"
    for behind in (
        {"allowed_hosts": ("insights.shop.example",)},
        {"public_url": "https://insights.shop.example"},
    ):
        warned = said(**behind)
        assert (warned.state, "insights.shop.example" in warned.message) == ("warning", True)
        assert "PREDICTOR_SECURE_COOKIES" in (warned.remedy or "")
        assert said(**behind, secure_cookies=True).state == "ok"


def test_a_worker_that_has_stopped_is_told(settings: Settings) -> None:
    lock = settings.data_dir / "worker-0.lock"
    os.utime(lock, (0, lock.stat().st_mtime - 3600))
    (finding,) = (one for one in examine(lambda: settings) if one.part == "worker")
    assert finding.state == "warning"  # As long as there is no web server that takes uploads.
    assert "60 minutes ago" in finding.message


def test_a_provider_is_looked_at(settings: Settings) -> None:
    def told(issuer: str, **more: str) -> dict[str, str]:
        about = {"oidc_issuer": issuer, "public_url": "http://localhost", **CLIENT, **more}
        looked = settings.model_copy(update=about)
        return {one.message: one.state for one in examine(lambda: looked) if one.part == "single sign-on"}

    assert [one for one in examine(lambda: settings) if one.part == "single sign-on"] == []
    with running_provider() as provider:
        found = told(provider.issuer)
        assert found[f"{provider.issuer} answers, and its keys can be read."] == "ok"
        assert any(message.endswith(": http://localhost/sign-in/oidc/callback") for message in found)
        assert found["Nobody comes in by it before there is an administrator."] == "warning"
        # The issuer is exactly what the provider calls itself, down to the slash.
        (wrong,) = (message for message, state in told(f"{provider.issuer}/").items() if state == "wrong")
        assert f"calls itself '{provider.issuer}'" in wrong

    boss = {"email": "boss@shop.example", "name": "Boss"}
    only = {"oidc_password_only_for": boss["email"]}
    gone = f"http://127.0.0.1:{free_port()}"
    person = add_person(**boss, role="viewer", password="seven green umbrellas", settings=settings)
    assert [state for state in told(gone, **only).values() if state == "wrong"] == ["wrong"] * 2
    set_role(person.id, "admin", settings)
    assert [message for message, state in told(gone, **only).items() if state == "wrong"] == [
        f"{gone} can't be used: The sign-in service doesn't answer."
    ]


def test_settings_that_cannot_be_read_are_a_finding() -> None:
    def read() -> Settings:
        raise SettingsError("not a number; found 'x'.", where="setting PREDICTOR_PORT", remedy="Correct it.")

    findings = examine(read)
    assert findings[-1] == Finding(
        "settings", "wrong", "setting PREDICTOR_PORT: not a number; found 'x'.", "Correct it."
    )
    assert any(finding.part == "python" for finding in findings)


def test_a_misspelt_setting_and_another_version_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREDICTOR_ALOWED_HOSTS", "[]")
    assert [finding.remedy for finding in program.misspelt()] == ["Did you mean PREDICTOR_ALLOWED_HOSTS?"]
    monkeypatch.setattr(program, "version", lambda name: "0.0.1")
    (finding,) = program.packages()
    assert finding.state == "warning"
    assert "duckdb 0.0.1 instead of" in finding.message


def test_the_command_says_by_its_exit_code_whether_to_mend(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import core.base.settings as module

    monkeypatch.setattr(module, "installation_settings", lambda: settings)
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--json"])
    assert ended.value.code == 0
    assert {"part", "state", "message", "remedy"} == set(json.loads(capsys.readouterr().out)[0])
    loose_folder(settings)
    with pytest.raises(SystemExit) as ended:
        main(["doctor"])
    assert ended.value.code == 1
    assert "mend  data folder: Other users" in capsys.readouterr().out
