"""Whole uploads become one dataset, once: however often, and from however many tabs, that is asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from core.base.errors import IngestError, NotFoundError
from core.base.written import number
from core.storage import Dataset, NewFile
from core.storage.uploads._errors import ChecksumError, OffsetError
from core.storage.uploads._uploads import Incoming, Upload


def finish(
    incoming: Incoming,
    upload_ids: Sequence[str],
    *,
    name: str | None = None,
    checksums: Mapping[str, str] | None = None,
) -> Dataset:
    """Make one dataset of uploads; asked again for the same ones, return the same dataset.

    Parameters
    ----------
    checksums
        The SHA-256 of uploads as the client knows it, in hexadecimal, by id.

    Raises
    ------
    NotFoundError
        If there is no such upload.
    OffsetError
        If one is not whole yet.
    ChecksumError
        If the bytes of one are not what was sent.
    IngestError
        If one can't be read; all of them stay as they are.
    """
    ids = sorted(set(upload_ids))
    if not ids:
        raise IngestError("No file was given.", remedy="Upload at least one.")
    made_of = hashlib.sha256(" ".join(ids).encode()).hexdigest()
    try:
        first = incoming.get(ids[0])
        with first.locked():
            dataset = _made(incoming, ids, made_of, name, checksums or {})
    except NotFoundError:
        # They are gone, perhaps because this has been done already.
        done = incoming.store.dataset_made_of(made_of)
        if done is None:
            raise
        dataset = done
    _clear(incoming, ids)
    return dataset


def _made(
    incoming: Incoming, ids: Sequence[str], made_of: str, name: str | None, checksums: Mapping[str, str]
) -> Dataset:
    done = incoming.store.dataset_made_of(made_of)
    if done is not None:
        return done
    uploads = [incoming.get(upload_id) for upload_id in ids]
    files = [
        NewFile(
            path=upload.data,
            filename=upload.filename,
            sha256=sha256_of_whole(incoming, upload, checksums.get(upload.id)),
        )
        for upload in sorted(uploads, key=lambda upload: (upload.filename.lower(), upload.id))
    ]
    return incoming.store.add_dataset_of(files, name=name, made_of=made_of)


def sha256_of_whole(incoming: Incoming, upload: Upload, expected: str | None = None) -> str:
    """Return the SHA-256 of a whole upload.

    Raises
    ------
    OffsetError
        If it isn't whole yet.
    ChecksumError
        If another one was expected.
    """
    offset = upload.offset
    if not upload.is_whole:
        raise OffsetError(
            f"{number(offset)} of {number(upload.length)} bytes have arrived.",
            where=upload.filename,
            remedy="Upload the rest first.",
        )
    sha256 = upload.sha256
    if sha256 is None:
        digest = incoming.digests.take(upload.id)
        digest.catch_up(upload.data, upload.length)
        sha256 = digest.hasher.hexdigest()
        upload.set_sha256(sha256)
    if expected and expected.lower() != sha256:
        raise ChecksumError(
            "The file arrived damaged.", where=upload.filename, remedy="Remove it and upload it again."
        )
    return sha256


def _clear(incoming: Incoming, ids: Sequence[str]) -> None:
    for upload_id in ids:
        try:
            incoming.remove(incoming.get(upload_id))
        except NotFoundError:
            continue
