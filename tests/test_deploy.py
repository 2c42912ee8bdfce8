"""What stands under deploy/ and beside it fits the program: settings, commands, addresses, ports, files."""

from __future__ import annotations

import re
import shlex
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.api import create_application
from core.base.settings import Settings
from core.cli.main import commands
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
DOCKERFILE = (ROOT / "Dockerfile").read_text()
PORT = "8050"
#: Settings of other programs.
FOREIGN = re.compile(r"POSTGRES_|HOME$|PATH$|PYTHON|SITE$|UPSTREAM$|METRICS_TOKEN$|TIME_ZONE$")
SETTINGS = {"DATABASE_URL"} | {f"PREDICTOR_{name.upper()}" for name in Settings.model_fields}


def documents() -> dict[str, Any]:
    """Return what the YAML files hold, by file and kind."""
    return {
        f"{path.name}:{one['kind']}:{one.get('metadata', {}).get('name')}": one
        for path in sorted(KUBERNETES.glob("*.yaml"))
        for one in yaml.safe_load_all(path.read_text())
    }


def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return read


def containers() -> list[dict[str, Any]]:
    found = documents()
    pods = [one["spec"]["template"]["spec"] for one in found.values() if one["kind"] == "Deployment"]
    pods += [
        one["spec"]["jobTemplate"]["spec"]["template"]["spec"]
        for one in found.values()
        if one["kind"] == "CronJob"
    ]
    return [container for pod in pods for container in pod["containers"]]


def named() -> dict[str, set[str]]:
    """Return the environment variables that each file sets."""
    environment = {
        "Dockerfile": set(re.findall(r"^(?:ENV|   ) ([A-Z_]+)=", DOCKERFILE, re.MULTILINE)),
        "fly.toml": set(re.findall(r"^  ([A-Z_]+) = ", (DEPLOY / "fly.toml").read_text(), re.MULTILINE)),
        "compose.yaml": {
            name for service in compose()["services"].values() for name in service.get("environment", {})
        },
    }
    for path in (*KUBERNETES.glob("*.env"), DEPLOY / "systemd" / "predictor.env", DEPLOY / "example.env"):
        environment[path.name] = set(re.findall(r"^#?([A-Z_]+)=", path.read_text(), re.MULTILINE))
    return environment


@pytest.mark.parametrize("file", named())
def test_what_is_set_is_a_setting(file: str) -> None:
    own = {name for name in named()[file] if not FOREIGN.search(name) or name in SETTINGS}
    assert named()[file]
    assert own - SETTINGS == set()


@pytest.mark.parametrize("file", [*KUBERNETES.glob("*.env"), DEPLOY / "systemd" / "predictor.env"], ids=str)
def test_what_it_is_set_to_is_understood(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for line in file.read_text().splitlines():
        if line and not line.startswith("#"):
            monkeypatch.setenv(*line.split("=", 1))
    Settings()


def test_compose_sets_what_is_understood_with_an_example_and_without_a_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in compose()["services"]["web"]["environment"].items():
        filled = re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", value)
        monkeypatch.setenv(name, re.sub(r"\$\{[A-Z_]+:\?[^}]*\}", "secret", filled))
    made = Settings()
    assert (made.metrics_token, made.allowed_hosts) == (None, ("localhost",))


def test_what_runs_is_a_command() -> None:
    known = set(commands.commands)
    used = {service["command"][0] for service in compose()["services"].values() if "command" in service}
    used |= {container["args"][0] for container in containers() if "command" not in container}
    for path in (DEPLOY / "systemd").glob("*.service"):
        used |= set(re.findall(r"python -m core ([a-z-]+)", path.read_text()))
    used |= set(re.findall(r"^CMD \[\"([a-z-]+)\"", DOCKERFILE, re.MULTILINE))
    checks = [
        service["healthcheck"]["test"]
        for service in compose()["services"].values()
        if "command" in service and "test" in service.get("healthcheck", {})
    ]
    checks += [
        c["livenessProbe"]["exec"]["command"] for c in containers() if "exec" in c.get("livenessProbe", {})
    ]
    for check in checks:
        words = [word for word in check if word != "CMD"]
        assert words[:4] == ["python", "-m", "core", "alive"]
        assert set(words[4:]) <= {
            option for each in commands.commands["alive"].params for option in each.opts
        }
    assert {"web", "work", "live-work", "backup"} <= used <= known


def test_what_is_probed_is_answered(tmp_path: Path) -> None:
    routes = create_application(Settings(data_dir=tmp_path)).openapi()["paths"]
    probes = [
        container[kind]["httpGet"]
        for container in containers()
        for kind in ("startupProbe", "livenessProbe", "readinessProbe")
        if "httpGet" in container.get(kind, {})
    ]
    assert {"/healthz", "/readyz"} == {probe["path"] for probe in probes} <= routes.keys()
    assert {probe["port"] for probe in probes} == {"http"}
    fly = (DEPLOY / "fly.toml").read_text()
    assert set(re.findall(r"path = \"([^\"]+)\"", fly)) == {"/readyz", "/metrics"} <= routes.keys()
    ports = re.findall(r"(?:PREDICTOR_PORT=|EXPOSE |port = |UPSTREAM:web:)(\d+)", DOCKERFILE + fly)
    assert set(ports) == {PORT}
    assert f"web:{PORT}" in (DEPLOY / "Caddyfile").read_text()
    assert containers()[0]["ports"][0]["containerPort"] == int(PORT)


def test_containers_are_closed() -> None:
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.MULTILINE)
    for container in containers():
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"]
        assert not context["allowPrivilegeEscalation"]
    own = [service for service in compose()["services"].values() if service["image"] == "session-predictor"]
    assert len(own) == 3
    for service in own:
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]


def test_the_image_is_made_of_what_is_there() -> None:
    copied = [
        shlex.split(line)[1:-1]
        for line in DOCKERFILE.splitlines()
        if line.startswith("COPY ") and "--from" not in line
    ]
    kept = (ROOT / ".dockerignore").read_text().splitlines()
    for source in (one for sources in copied for one in sources):
        assert list(ROOT.glob(source)), source
        assert any(fnmatch(f"!{source}", line) for line in kept), source


def test_kubernetes_names_files_that_are_there() -> None:
    (kustomization,) = (one for one in documents().values() if one["kind"] == "Kustomization")
    files = {*kustomization["resources"], *(kustomization["configMapGenerator"][0]["envs"])}
    files |= set(kustomization["secretGenerator"][0]["envs"])
    assert files | {"kustomization.yaml"} == {path.name for path in KUBERNETES.iterdir()}
