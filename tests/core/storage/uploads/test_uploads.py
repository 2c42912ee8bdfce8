"""Uploads on the disk: what survives a crash, what two writers do to each other, who is promised room."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.base.errors import IngestError, NotFoundError, StorageError, TooLargeError
from core.base.settings import Settings
from core.storage import Store
from core.storage.uploads import Checksum, ChecksumError, Incoming, OffsetError, Piece, Upload, finish
from core.storage.uploads import _uploads as uploads

CSV = b"session_id,clicks,price_mean\na,5,20.5\nb,1,3\n"
MEGABYTE = 1024**2


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Incoming]]:
    """Return a maker of what one process knows of the same data folder."""
    stores = []

    def made(**changes: object) -> Incoming:
        told = {"data_dir": tmp_path / "data", "DATABASE_URL": None, "min_free_bytes": 0}
        stores.append(Store(Settings(**{**told, **changes})))
        # As in a process that has just started: nothing is remembered.
        uploads._digests.clear()
        return Incoming(stores[-1])

    yield made
    for store in stores:
        store.close()


def write(incoming: Incoming, upload: Upload, content: bytes, at: int, *, whole: bool = True) -> None:
    with Piece(incoming, upload, at, None) as piece:
        piece.write(content)
        if whole:
            piece.finish()


def uploaded(incoming: Incoming, content: bytes = CSV, filename: str = "a.csv") -> Upload:
    upload = incoming.create(filename, len(content))
    write(incoming, upload, content, 0)
    return upload


def test_an_upload_goes_on_in_another_process(make: Callable[..., Incoming]) -> None:
    first = make()
    upload = first.create("a.csv", len(CSV), metadata="filename YQ==")
    write(first, upload, CSV[:7], 0, whole=False)  # and then the process was killed

    second = make()
    found = second.get(upload.id)
    assert (found, found.offset, found.is_whole) == (upload, 7, False)
    write(second, found, CSV[7:20], 7)
    write(make(), found, CSV[20:], 20)

    assert found.sha256 == hashlib.sha256(CSV).hexdigest()
    dataset = finish(make(), [upload.id])
    assert dataset.upload_path.read_bytes() == CSV
    assert dataset.sha256 == hashlib.sha256(CSV).hexdigest()


def test_a_far_behind_digest_is_caught_up_at_the_end(
    make: Callable[..., Incoming], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.storage.uploads._piece.CATCH_UP", 3)
    incoming = make()
    upload = incoming.create("a.csv", len(CSV))
    for at in range(len(CSV)):
        write(make() if at % 2 else incoming, upload, CSV[at : at + 1], at)

    assert upload.sha256 is None
    assert finish(incoming, [upload.id]).sha256 == hashlib.sha256(CSV).hexdigest()


def test_what_may_not_have_reached_the_disk_before_the_machine_went_down_is_dropped(
    make: Callable[..., Incoming], monkeypatch: pytest.MonkeyPatch
) -> None:
    incoming = make()
    upload = incoming.create("a.csv", len(CSV))
    write(incoming, upload, CSV[:10], 0)
    write(incoming, upload, b"\0\0\0\0", 10, whole=False)
    assert incoming.get(upload.id).offset == 14

    monkeypatch.setattr(uploads, "_boot", lambda: "another start of the machine")
    found = make().get(upload.id)

    assert found.offset == 10
    write(make(), found, CSV[10:], 10)
    assert found.sha256 == hashlib.sha256(CSV).hexdigest()


def test_of_two_who_write_at_once_one_goes_on(make: Callable[..., Incoming]) -> None:
    incoming = make()
    upload = incoming.create("a.csv", len(CSV))
    with Piece(incoming, upload, 0, None) as left_hanging:
        left_hanging.write(CSV[:5])
        write(incoming, upload, CSV[5:12], 5)  # its client has come back on another line
        with pytest.raises(OffsetError, match="has 12 bytes, and not 5"):
            left_hanging.write(b"more of the old")
    write(incoming, upload, CSV[12:], 12)
    assert upload.data.read_bytes() == CSV
    assert finish(incoming, [upload.id]).sha256 == hashlib.sha256(CSV).hexdigest()


def test_two_people_who_upload_the_same_file_do_not_meet(make: Callable[..., Incoming]) -> None:
    incoming = make()
    theirs = [incoming.create("a.csv", len(CSV), metadata="fingerprint YQ==") for _ in range(2)]
    for at in range(0, len(CSV), 5):
        for upload in theirs:
            write(incoming, upload, CSV[at : at + 5], at)
    made = [finish(incoming, [upload.id]) for upload in theirs]
    assert made[0].id != made[1].id
    assert made[0].upload_path != made[1].upload_path
    assert {dataset.sha256 for dataset in made} == {hashlib.sha256(CSV).hexdigest()}


def test_a_damaged_piece_is_taken_back(make: Callable[..., Incoming]) -> None:
    incoming = make()
    upload = incoming.create("a.csv", len(CSV))
    write(incoming, upload, CSV[:5], 0)
    checksum = Checksum(algorithm="sha256", digest=hashlib.sha256(CSV[5:]).digest())
    with Piece(incoming, upload, 5, checksum) as piece:
        piece.write(CSV[5:].replace(b"20.5", b"90.5"))
        with pytest.raises(ChecksumError):
            piece.finish()
    assert upload.offset == 5
    with Piece(incoming, upload, 5, checksum) as piece:
        piece.write(CSV[5:])
        piece.finish()
    assert upload.sha256 == hashlib.sha256(CSV).hexdigest()


def test_a_full_disk_leaves_what_was_there_and_it_goes_on(make: Callable[..., Incoming]) -> None:
    incoming = make()
    content = CSV * (2 * MEGABYTE // len(CSV))
    upload = incoming.create("a.csv", len(content))
    write(incoming, upload, content[:MEGABYTE], 0)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MEGABYTE + 4096, limits[1]))
    try:
        with pytest.raises(StorageError, match="could not be stored"):
            write(incoming, upload, content[MEGABYTE:], MEGABYTE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert incoming.get(upload.id).offset == MEGABYTE
    write(incoming, upload, content[MEGABYTE:], MEGABYTE)
    assert upload.sha256 == hashlib.sha256(content).hexdigest()


def test_room_is_promised_once(make: Callable[..., Incoming]) -> None:
    incoming = make()
    usable = incoming.store.room().usable
    whole_disk = make(min_free_bytes=max(usable - 10 * MEGABYTE, 0))
    first = whole_disk.create("a.csv", 6 * MEGABYTE)
    with pytest.raises(StorageError, match="promised to other uploads"):
        whole_disk.create("b.csv", 6 * MEGABYTE)
    assert [upload.id for upload in whole_disk.all()] == [first.id]
    whole_disk.remove(first)
    assert whole_disk.promised() == 0
    whole_disk.create("b.csv", 6 * MEGABYTE)


def test_room_is_looked_at_while_writing(make: Callable[..., Incoming]) -> None:
    upload = make().create("a.csv", len(CSV))
    with pytest.raises(StorageError, match="can be used"):
        write(make(min_free_bytes=10**16), upload, CSV, 0)
    assert upload.offset == 0


def test_what_cannot_be_an_upload_is_refused(make: Callable[..., Incoming]) -> None:
    incoming = make(upload_limit_bytes=100)
    with pytest.raises(IngestError, match="empty"):
        incoming.create("a.csv", 0)
    with pytest.raises(TooLargeError):
        incoming.create("a.csv", 101)
    upload = incoming.create("../../etc/x.csv", 10)
    assert upload.filename == "x.csv"
    with pytest.raises(IngestError, match="More than the announced 10 bytes"):
        write(incoming, upload, b"x" * 11, 0)
    for wrong in ("../datasets", "x", "a" * 70, f"{upload.id}/../{upload.id}"):
        with pytest.raises(NotFoundError):
            incoming.get(wrong)
    assert [path.name for path in incoming.folder.iterdir()] == [f"up-{upload.id}"]


def test_an_open_upload_is_whole_once_its_end_is_said(make: Callable[..., Incoming]) -> None:
    incoming = make(upload_limit_bytes=len(CSV))
    upload = incoming.create("a.csv", None)
    write(incoming, upload, CSV, 0)
    assert (incoming.get(upload.id).is_whole, incoming.promised()) == (False, 0)
    with pytest.raises(OffsetError):
        finish(incoming, [upload.id])
    with pytest.raises(TooLargeError):
        write(incoming, upload, b"x", len(CSV))
    with pytest.raises(IngestError, match="empty"):
        incoming.end(incoming.create("b.csv", None), 0)
    assert incoming.end(upload, len(CSV)) == incoming.get(upload.id)
    assert incoming.end(incoming.get(upload.id), 1).length == len(CSV)
    assert finish(make(), [upload.id]).sha256 == hashlib.sha256(CSV).hexdigest()


def test_uploads_left_unfinished_are_swept_and_others_not(make: Callable[..., Incoming]) -> None:
    incoming = make(unfinished_upload_hours=2)
    left, going = uploaded(incoming), uploaded(incoming)
    hours_ago = time.time() - 3 * 3600
    for path in (left.folder, left.data, going.folder):
        os.utime(path, (hours_ago, hours_ago))
    broken = incoming.folder / "up-broken"  # its server was killed before it was announced
    broken.mkdir()
    os.utime(broken, (hours_ago, hours_ago))
    assert incoming.store.sweep() == 0
    assert incoming.sweep() == 2
    assert [path.name for path in incoming.folder.iterdir()] == [going.folder.name]
    with pytest.raises(NotFoundError):
        incoming.get(left.id)


def test_several_uploads_become_one_dataset_once(make: Callable[..., Incoming]) -> None:
    incoming = make()
    made = [uploaded(incoming, CSV, f"2026-10-0{day}.csv") for day in (2, 1, 3)]
    ids = [upload.id for upload in made]
    right = {made[0].id: hashlib.sha256(CSV).hexdigest().upper()}

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(finish, incoming, ids, name="October", checksums=right) for _ in range(4)]
        datasets = {one.result().id for one in asked}

    assert len(datasets) == len(incoming.store.datasets()) == 1
    dataset = finish(make(), [*reversed(ids), ids[0]])
    assert {dataset.id} == datasets
    assert (dataset.name, dataset.filename) == ("October", "3 files, 2026-10-01.csv to 2026-10-03.csv")
    assert [file.filename[-6:-4] for file in dataset.files] == ["01", "02", "03"]
    assert all(file.path.read_bytes() == CSV for file in dataset.files)
    assert dataset.size_bytes == 3 * len(CSV)
    assert list(incoming.folder.iterdir()) == []


def test_a_crash_between_dataset_and_clearing_up_loses_and_doubles_nothing(
    make: Callable[..., Incoming],
) -> None:
    incoming = make()
    upload = uploaded(incoming)
    kept = json.loads((upload.folder / "upload.json").read_text())
    dataset = finish(incoming, [upload.id])
    upload.folder.mkdir()  # as if the process had been killed before this was removed
    (upload.folder / "upload.json").write_text(json.dumps(kept))
    (upload.folder / "settled").write_text(f"0 {uploads._boot()}")
    upload.data.hardlink_to(dataset.upload_path)

    assert finish(incoming, [upload.id]) == dataset
    assert list(incoming.folder.iterdir()) == []
    assert dataset.upload_path.read_bytes() == CSV
    assert incoming.store.datasets() == (dataset,)
    incoming.store.delete_dataset(dataset.id)
    with pytest.raises(NotFoundError):
        finish(incoming, [upload.id])


def test_what_cannot_be_finished_stays(make: Callable[..., Incoming]) -> None:
    incoming = make()
    good = uploaded(incoming)
    half = incoming.create("b.csv", 100)
    with pytest.raises(OffsetError, match="0 of 100 bytes"):
        finish(incoming, [good.id, half.id])
    with pytest.raises(ChecksumError):
        finish(incoming, [good.id], checksums={good.id: "0" * 64})
    photo = uploaded(incoming, b"\x89PNG\r\n\x1a\n" + b"x" * 100, "photo.csv")
    with pytest.raises(IngestError):
        finish(incoming, [photo.id])
    with pytest.raises(NotFoundError):
        finish(incoming, [good.id, "nosuchupload"])
    assert {upload.id for upload in incoming.all()} == {good.id, half.id, photo.id}
    assert incoming.store.datasets() == ()
    assert finish(incoming, [good.id]).upload_path.read_bytes() == CSV
