"""The part of the store for datasets that grow: one more file of the same kind, a day at a time."""

from __future__ import annotations

from typing import Any

from core.storage import _adding
from core.storage._adding import NewFile
from core.storage._datasets import Datasets
from core.storage._records import Dataset


class Growing(Datasets):
    """Datasets are added to here; ``Store`` is one of these."""

    def grow_dataset(self, dataset_id: str, file: NewFile) -> Dataset:
        """Add a file to a dataset; what was read of the others is read again with it when it is next scored.

        A file of a name that the dataset has already is the same file sent again: nothing changes.

        Raises
        ------
        NotFoundError
            If there is no such dataset.
        IngestError
            If the file can't be read, or is not of the kind of the others.
        StorageError
            If it can't be stored.
        """
        dataset = self.dataset(dataset_id)
        if any(known.filename == file.filename for known in dataset.files):
            file.path.unlink(missing_ok=True)
            return dataset
        known = [
            NewFile(path=each.path, filename=each.filename, sha256=each.sha256) for each in dataset.files
        ]
        described = _adding.describe([*known, file], self.settings, self.recipe)
        *before, new = described["files"]
        for entry, each in zip(before, dataset.files, strict=True):
            entry["stored_as"] = str(each.path.relative_to(dataset.folder))
        new["stored_as"] = f"{_adding.FOLDER}/{len(before) + 1:05d}{_suffix(new['stored_as'])}"
        row: dict[str, Any] = {"filename": described["filename"], "files": [new]}
        _adding.add(file, row, dataset.folder)
        changes = {
            name: described[name] for name in ("filename", "size_bytes", "sha256", "files", "recognition")
        }
        self._change_dataset(dataset_id, {**changes, "report": None})
        file.path.unlink(missing_ok=True)
        return self.dataset(dataset_id)


def _suffix(name: str) -> str:
    return name[name.index(".", name.rfind("/") + 1) :]
