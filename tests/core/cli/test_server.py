"""The server as it is run: gunicorn, the job worker and their supervisor, over real connections."""

from __future__ import annotations

import base64
import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import httpx
import psutil
import pytest

from core.base.errors import SettingsError
from core.base.settings import Settings
from core.cli.supervisor import check_settings, url
from core.security import set_password
from tests.core.api.conftest import without_demo
from tests.serving import ROOT, Server, free_port, serving, wait_until

SECONDS = 300
MEGABYTE = 2**20
EVERYWHERE = "0.0.0.0"  # noqa: S104 - what is tested is that nobody listens there unasked


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(without_demo(tmp_path_factory.mktemp("served") / "data")) as running:
        yield running


@pytest.fixture
def client(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=SECONDS) as client:
        yield client


def children(server: Server) -> list[psutil.Process]:
    return psutil.Process(server.process.pid).children(recursive=True)


def child(server: Server, word: str) -> psutil.Process | None:
    """Return the supervisor's own child whose command has this word."""
    return next((p for p in psutil.Process(server.process.pid).children() if word in command(p)), None)


def command(process: psutil.Process) -> list[str]:
    """Return the words of a process's command; nothing of one that has just died."""
    try:
        # Whoever was named anew has them in one piece.
        return " ".join(process.cmdline()).split()
    except psutil.Error:
        return []


def test_elsewhere_it_refuses_to_listen_without_a_password(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, host=EVERYWHERE, port=free_port())
    with pytest.raises(SettingsError, match="python -m core people add"):
        check_settings(settings)
    set_password("correct horse battery", settings)
    check_settings(settings)


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SettingsError, match="in use"):
            check_settings(Settings(data_dir=tmp_path, port=taken.getsockname()[1]))


def test_an_address_of_another_machine_is_told(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, host="192.0.2.1", port=free_port())
    set_password("correct horse battery", settings)
    with pytest.raises(SettingsError, match="can't listen"):
        check_settings(settings)


@pytest.mark.parametrize("name", ["predictor.sqlite", "jobs.sqlite", "live/live.sqlite"])
def test_a_damaged_database_is_told_before_anything_starts(tmp_path: Path, name: str) -> None:
    damaged = tmp_path / name
    damaged.parent.mkdir(exist_ok=True)
    damaged.write_bytes(b"not a database " * 100)
    with pytest.raises(SettingsError, match="is damaged") as told:
        check_settings(Settings(data_dir=tmp_path, port=free_port()))
    assert str(damaged) in str(told.value)


def test_a_data_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(SettingsError, match="can't be used: File exists"):
        check_settings(Settings(data_dir=file, port=free_port()))


def test_other_users_of_the_machine_are_kept_out_of_the_data_folder(tmp_path: Path) -> None:
    new, old, shared = (tmp_path / name for name in ("new", "old", "shared"))
    old.mkdir(mode=0o755)
    shared.mkdir()
    shared.chmod(0o2770)
    for folder, mode in ((new, 0o700), (old, 0o750), (shared, 0o2770)):
        check_settings(Settings(data_dir=folder, port=free_port()))
        assert stat.S_IMODE(folder.stat().st_mode) == mode


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "http://127.0.0.1:80"), (EVERYWHERE, "http://localhost:80"), ("::1", "http://[::1]:80")],
)
def test_the_address_shown_can_be_opened(tmp_path: Path, host: str, shown: str) -> None:
    assert url(Settings(data_dir=tmp_path, host=host, port=80)) == shown


def test_the_command_says_why_it_refuses(tmp_path: Path) -> None:
    environment = {**os.environ, "PREDICTOR_DATA_DIR": str(tmp_path), "PREDICTOR_HOST": EVERYWHERE}
    done = subprocess.run(
        [sys.executable, "-m", "core", "serve"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 7
    assert "python -m core people add" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.server
def test_the_first_requests_are_all_answered(server: Server) -> None:
    """A cold Dash answers 500 to those who come while its first request sets it up."""
    paths = ["/", "/upload", "/_dash-layout", "/_dash-dependencies", "/results", "/what-if", "/clusters"] * 4

    def get(path: str) -> int:
        return httpx.get(f"{server.url}{path}", timeout=SECONDS).status_code

    with ThreadPoolExecutor(14) as pool:
        assert set(pool.map(get, paths)) == {200}


@pytest.mark.server
def test_pages_come_complete_and_under_their_policy(client: httpx.Client) -> None:
    page = client.get("/upload")
    policy = page.headers["content-security-policy"]

    inline = re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>(.*?)</script>", page.text, re.S)
    assert inline, "Dash starts itself by an inline script"
    for script in inline:
        assert base64.b64encode(sha256(script.encode()).digest()).decode() in policy
    assert "unsafe-eval" not in policy
    assert "'unsafe-inline'" not in policy.split("style-src")[0]
    files = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert any(name.startswith("/assets/css/50-upload.css") for name in files)
    for name in files:
        assert name.startswith("/"), f"{name} is on another host"
        assert client.get(name).status_code == 200, name


@pytest.mark.server
def test_an_address_without_a_page_is_404_with_the_dashboard_around_it(client: httpx.Client) -> None:
    answer = client.get("/no/such/page", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "react-entry-point" in answer.text


@pytest.mark.server
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"output": "nothing.children"}',
        b'{"output": 3}',
        b'{"output": "upload-history.children@x", "inputs": 1}',
    ],
)
def test_a_broken_callback_gives_no_traceback(client: httpx.Client, server: Server, content: bytes) -> None:
    answer = client.post(
        "/_dash-update-component", content=content, headers={"content-type": "application/json"}
    )
    assert answer.status_code in {400, 500}
    assert "Traceback" not in answer.text
    assert str(ROOT) not in answer.text


@pytest.mark.server
@pytest.mark.parametrize(
    "path",
    [
        "/assets/../core/base/settings.py",
        "/assets/%2e%2e/core/base/settings.py",
        "/_dash-component-suites/os/path.py",
        "/_dash-component-suites/dash/../../../../etc/passwd",
    ],
)
def test_no_file_outside_the_assets_is_served(server: Server, path: str) -> None:
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=SECONDS) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert b" 404 " in answer.split(b"\r\n", 1)[0]
    assert b"class Settings" not in answer
    assert b"root:" not in answer


@pytest.mark.server
def test_an_upload_is_scored_by_the_worker(client: httpx.Client) -> None:
    sample = client.get("/api/samples/sessions").content
    made = client.put("/api/uploads/sample.csv", content=sample).json()

    def done() -> bool:
        return client.get(f"/api/results/{made['result_id']}/download.csv").status_code == 200

    wait_until(done, seconds=SECONDS, what="the result")
    rows = client.get(f"/api/results/{made['result_id']}/download.csv").text.splitlines()
    assert len(rows) == len(sample.splitlines())


@pytest.mark.server
def test_a_dropped_upload_leaves_nothing(server: Server) -> None:
    incoming = server.data_dir / "incoming"
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=SECONDS) as connection:
        head = (
            f"PUT /api/uploads/cut.csv HTTP/1.1\r\nHost: localhost\r\nContent-Length: {64 * MEGABYTE}\r\n\r\n"
        )
        connection.sendall(head.encode() + b"a,b\n" * MEGABYTE)
        wait_until(lambda: any(incoming.iterdir()), seconds=SECONDS, what="the upload to begin")
    wait_until(lambda: not any(incoming.iterdir()), seconds=SECONDS, what="its remains to go")


def announce(client: httpx.Client, length: int) -> str:
    """Announce a file of so many bytes by the tus protocol; return where its bytes go."""
    made = client.post("/api/tus/", headers={"Tus-Resumable": "1.0.0", "Upload-Length": str(length)})
    return made.headers["location"]


def piece(offset: int) -> dict[str, str]:
    kind = "application/offset+octet-stream"
    return {"Tus-Resumable": "1.0.0", "Upload-Offset": str(offset), "Content-Type": kind}


@pytest.mark.server
def test_a_refused_piece_is_read_so_that_its_sender_sees_why(client: httpx.Client) -> None:
    place = announce(client, 64 * MEGABYTE)

    answer = client.patch(place, content=b"x" * (32 * MEGABYTE), headers=piece(5))

    assert (answer.status_code, answer.json()["code"]) == (409, "offset")
    assert client.delete(place, headers={"Tus-Resumable": "1.0.0"}).status_code == 204


@pytest.mark.server
def test_an_upload_goes_on_after_the_web_server_was_killed(server: Server, client: httpx.Client) -> None:
    content = b"foo;bar\n" + b"1;2\n" * (3 * MEGABYTE)
    place = announce(client, len(content))
    half = len(content) // 2
    host, port = server.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=SECONDS) as connection:
        told = {"Host": "localhost", "Content-Length": str(len(content)), **piece(0)}
        head = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        connection.sendall(f"PATCH {place} HTTP/1.1\r\n{head}\r\n".encode() + content[:half])
        data = server.data_dir / "incoming" / f"up-{place.rsplit('/', 1)[-1]}" / "data"
        wait_until(lambda: data.stat().st_size > half - 4 * MEGABYTE, seconds=SECONDS, what="the first half")
        for process in children(server):
            if command(process)[:1] == ["gunicorn:"]:
                process.kill()

    def offset() -> int | None:
        try:
            told = httpx.head(f"{server.url}{place}", headers={"Tus-Resumable": "1.0.0"}, timeout=5)
        except httpx.TransportError:
            return None
        return int(told.headers["upload-offset"])

    wait_until(lambda: offset() is not None, seconds=SECONDS, what="the server to answer again")
    reached = offset()
    assert reached is not None
    assert half - 4 * MEGABYTE < reached <= half
    with httpx.Client(base_url=server.url, timeout=SECONDS) as after:
        assert after.patch(place, content=content[reached:], headers=piece(reached)).status_code == 204
        wanted = {"uploads": [upload := place.rsplit("/", 1)[-1]]}
        sums = {upload: sha256(content).hexdigest()}
        assert (
            after.post("/api/tus-finish", json={**wanted, "checksums": {upload: "0" * 64}}).status_code == 460
        )
        told = after.post("/api/tus-finish", json={**wanted, "checksums": sums})
        assert told.status_code == 201
        assert after.post("/api/tus-finish", json=wanted).json() == told.json()


@pytest.mark.server
def test_a_large_upload_takes_no_memory(client: httpx.Client, server: Server) -> None:
    def resident() -> int:
        return sum(p.memory_info().rss for p in children(server) if command(p)[:1] == ["gunicorn:"])

    def body() -> Iterator[bytes]:
        nonlocal most
        block = b"foo;bar\n" + b"1;2\n" * (MEGABYTE // 4)
        for number in range(192):
            yield block
            if number % 32 == 0:
                most = max(most, resident())

    client.put("/api/uploads/warm.csv", content=b"foo;bar\n1;2\n")
    before = most = resident()

    answer = client.put("/api/uploads/large.csv", content=body())

    assert answer.status_code == 201
    assert most - before < 60 * MEGABYTE


@pytest.mark.server
def test_a_killed_job_worker_is_started_again(server: Server) -> None:
    before = child(server, "work")
    assert before is not None
    before.kill()

    def back() -> bool:
        now = child(server, "work")
        return now is not None and now.pid != before.pid

    wait_until(back, seconds=SECONDS, what="another job worker")


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells children")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_the_supervisor(tmp_path: Path, number: signal.Signals) -> None:
    with serving(without_demo(tmp_path / "data"), PREDICTOR_WEB_WORKERS="1") as running:
        started = children(running)
        assert len(started) >= 3, "gunicorn, its worker and the job worker"

        running.process.send_signal(number)

        running.process.wait(timeout=SECONDS)
        _, alive = psutil.wait_procs(started, timeout=SECONDS)
        assert alive == []
        assert running.process.returncode == (0 if number == signal.SIGTERM else -signal.SIGKILL)
