"""The part of the store that takes data away before anybody asks for the whole to go: originals, results."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import delete

from core.base.errors import StorageError
from core.storage import _adding, _files
from core.storage._adding import NewFile
from core.storage._growing import Growing
from core.storage._reasons import reasons
from core.storage._records import Dataset, Result
from core.storage._tables import results


class Replacing(Growing):
    """Originals are replaced, and single results deleted here; ``Store`` is one of these."""

    def replace_files(self, dataset_id: str, read: Path, *, filename: str) -> Dataset:
        """Put what was read of a dataset in the place of its original files, under another name.

        It can be read again like any other export; what wasn't read of the originals is gone.
        """
        dataset = self.dataset(dataset_id)
        target = dataset.folder / "cleaned.parquet"
        _link(read, target)
        changes = self._described([NewFile(path=target, filename=filename)])
        changes["files"][0]["stored_as"] = changes["stored_as"] = target.name
        report, before = dataset.report, dataset.mapping or dataset.recognition.mapping
        # Where each time has an offset of its own, it stands beside it in what was read.
        zone = report.time_zone if report and report.time_zone in available_timezones() else before.time_zone
        mapping = replace(self._read_as(changes), time_zone=zone).to_dict() if zone else None
        self._change_dataset(dataset_id, {**changes, "mapping": mapping, "recipe": None})
        for file in dataset.files:
            if file.path != target:
                file.path.unlink(missing_ok=True)
        return self.dataset(dataset_id)

    def refresh_files(self, dataset_id: str, read: Path | None = None) -> None:
        """Look again at files that were written anew; ``read`` takes the place of the only one."""
        dataset = self.dataset(dataset_id)
        if read is not None:
            _link(read, dataset.files[0].path)
        files = [NewFile(path=file.path, filename=file.filename) for file in dataset.files]
        changes = self._described(files)
        for entry, file in zip(changes["files"], dataset.files, strict=True):
            entry["stored_as"] = str(file.path.relative_to(dataset.folder))
        changes["stored_as"] = changes["files"][0]["stored_as"]
        self._change_dataset(dataset_id, changes)

    def drop_files(self, dataset_id: str, filenames: set[str]) -> None:
        """Forget some of a dataset's files, of which it has others."""
        dataset = self.dataset(dataset_id)
        kept = [file for file in dataset.files if file.filename not in filenames]
        if not kept:
            raise StorageError("An export can't lose all of its files.", where=dataset.name)
        changes = self._described([NewFile(path=file.path, filename=file.filename) for file in kept])
        for entry, file in zip(changes["files"], kept, strict=True):
            entry["stored_as"] = str(file.path.relative_to(dataset.folder))
        changes["stored_as"] = changes["files"][0]["stored_as"]
        self._change_dataset(dataset_id, changes)
        for file in dataset.files:
            if file.filename in filenames:
                file.path.unlink(missing_ok=True)

    def delete_result(self, result: Result) -> None:
        """Delete a result that is over, with its files; its export stays."""
        _files.remove(result.folder, trash=self.data_dir / "trash")
        with self._engine.begin() as connection:
            connection.execute(delete(reasons).where(reasons.c.result_id == result.id))
            connection.execute(delete(results).where(results.c.id == result.id))

    def _described(self, files: list[NewFile]) -> dict[str, Any]:
        described = _adding.describe(files, self.settings, lambda _: None)
        wanted = ("filename", "stored_as", "size_bytes", "sha256", "files", "recognition")
        return {name: described[name] for name in wanted}

    def _read_as(self, changes: dict[str, Any]) -> Any:  # noqa: ANN401 - a Mapping, which brings DuckDB
        from core.ingest import Recognition

        return Recognition.from_dict(changes["recognition"]).mapping


def _link(source: Path, target: Path) -> None:
    """Let a file stand at another place as well, whatever stood there."""
    new = target.with_name(f".{target.name}.new")
    new.unlink(missing_ok=True)
    new.hardlink_to(source)
    new.replace(target)
