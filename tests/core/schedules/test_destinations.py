"""Where lists are put: a folder, a bucket, a real SFTP server; whole, and without showing a secret."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncssh
import pytest

from core.base.errors import ScheduleError, SettingsError
from core.base.settings import Settings
from core.schedules import destinations as module
from core.schedules.destinations import destinations, put
from core.sources.base import SourceError
from tests.serving import wait_until


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "list.csv"
    path.write_text("visitor_id\nv1\n")
    return path


def settings(*urls: str, **more: object) -> Settings:
    return Settings(destinations=urls, DATABASE_URL=None, **more)  # type: ignore[arg-type]


@dataclass
class Sftp:
    """An SFTP server on this machine: its port, its folder, its host key."""

    port: int
    folder: Path
    known: Path


class _Server(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == ("shop", "open sesame")


@pytest.fixture
def sftp(tmp_path: Path) -> Iterator[Sftp]:
    folder, known = tmp_path / "remote", tmp_path / "known_hosts"
    (folder / "in").mkdir(parents=True)
    key = asyncssh.generate_private_key("ssh-ed25519")
    ports: list[int] = []
    loop = asyncio.new_event_loop()

    async def serve() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=_Server,
            server_host_keys=[key],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(folder).encode()),
        )

    def run() -> None:
        asyncio.set_event_loop(loop)
        acceptor = loop.run_until_complete(serve())
        ports.append(acceptor.get_port())
        loop.run_forever()
        acceptor.close()
        loop.run_until_complete(acceptor.wait_closed())
        loop.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    wait_until(lambda: ports, what="the server to listen", seconds=60)
    known.write_text(f"[127.0.0.1]:{ports[0]} {key.export_public_key().decode()}")
    yield Sftp(ports[0], folder, known)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


def test_a_folder_has_it_whole_and_once(tmp_path: Path, file: Path) -> None:
    place = tmp_path / "lists"
    place.mkdir()
    for _ in range(2):
        assert put(str(place), file, "a.csv", settings(str(place))) == f"{place}/a.csv"
    assert [path.read_text() for path in place.iterdir()] == ["visitor_id\nv1\n"]
    with pytest.raises(ScheduleError, match="none of the places"):
        put(str(tmp_path), file, "a.csv", settings(str(place)))
    with pytest.raises(ScheduleError, match="can't be written"):
        put(str(tmp_path / "gone"), file, "a.csv", settings(str(tmp_path / "gone")))


def test_a_bucket_has_it(file: Path) -> None:
    import fsspec

    assert put("memory://lists/daily", file, "a.csv", settings("memory://lists/daily"))
    assert fsspec.filesystem("memory").cat("/lists/daily/a.csv") == b"visitor_id\nv1\n"


def test_an_sftp_server_has_it_whole_and_once(sftp: Sftp, file: Path) -> None:
    url = f"sftp://shop:open%20sesame@127.0.0.1:{sftp.port}/in"
    known = settings(url, sftp_known_hosts=sftp.known)
    (name,) = (one.name for one in destinations(known))
    assert name == f"sftp://127.0.0.1:{sftp.port}/in"
    for _ in range(2):
        put(name, file, "a.csv", known)
    assert {path.name: path.read_text() for path in (sftp.folder / "in").iterdir()} == {
        "a.csv": "visitor_id\nv1\n"
    }


def test_an_sftp_server_nobody_knows_gets_nothing(sftp: Sftp, file: Path, tmp_path: Path) -> None:
    unknown = tmp_path / "nobody"
    unknown.write_text("")
    url = f"sftp://shop@127.0.0.1:{sftp.port}/in"
    with pytest.raises(SettingsError, match="key isn't known"):
        put_as(url, file, sftp_known_hosts=unknown, sftp_password="open sesame")
    with pytest.raises(ScheduleError, match="denied access") as caught:
        put_as(url, file, sftp_known_hosts=sftp.known, sftp_password="guessed")
    assert "guessed" not in str(caught.value)
    with pytest.raises(SourceError, match="can't be put there"):
        put_as(f"{url}/nowhere", file, sftp_known_hosts=sftp.known, sftp_password="open sesame")
    assert list((sftp.folder / "in").iterdir()) == []


def put_as(url: str, file: Path, **more: object) -> None:
    known = settings(url, **more)
    put(module.destinations(known)[0].name, file, "a.csv", known)
