"""What of an export has been read already, in a folder that outlives the process that was at it.

Each file that is read whole is kept with its report. A process that comes after another one was killed takes
it from there, as long as it would read it in the same way.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from core.base.atomic_write import atomic_write
from core.base.settings import Settings, Shop
from core.base.version import VERSION
from core.ingest.base.model import IngestReport, Mapping
from core.ingest.files.containers import SourceFile

KEY, REPORT = "key.json", "report.json"
#: What of the settings decides how an export is read.
DECIDING = (*Shop.model_fields, "session_gap_minutes")


class Checkpoints:
    """What is kept in ``folder`` of reading these files in this way; what was read in another is cleared."""

    def __init__(
        self, folder: Path, files: Sequence[SourceFile], mapping: Mapping | None, settings: Settings
    ) -> None:
        self._folder = folder
        key = _key(files, mapping, settings)
        try:
            is_same = (folder / KEY).read_text(encoding="utf-8") == key
        except OSError:
            is_same = False
        if not is_same:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            with atomic_write(folder / KEY) as partial:
                partial.write_text(key, encoding="utf-8")

    def read(self, name: str, read: Callable[[Path], IngestReport]) -> tuple[Path, IngestReport]:
        """Return the folder and the report of a part: as it was kept, else as ``read`` makes it."""
        folder = self._folder / name
        try:
            return folder, IngestReport.from_dict(json.loads((folder / REPORT).read_text(encoding="utf-8")))
        except (OSError, ValueError):
            shutil.rmtree(folder, ignore_errors=True)
        report = read(folder)
        with atomic_write(folder / REPORT) as partial:
            partial.write_text(json.dumps(report.to_dict()), encoding="utf-8")
        return folder, report


def _key(files: Sequence[SourceFile], mapping: Mapping | None, settings: Settings) -> str:
    told = {
        "version": VERSION,
        "files": [
            [file.filename, str(file.path), (stat := file.path.stat()).st_size, stat.st_mtime_ns]
            for file in files
        ],
        "mapping": mapping.to_dict() if mapping else None,
        "settings": settings.model_dump(mode="json", include=set(DECIDING)),
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
