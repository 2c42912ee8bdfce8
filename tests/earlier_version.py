"""A data folder and a model as an earlier version left them, for tests that they are still read.

They were made by version 0.1.0 before its modules moved: a result with an audience, its outcomes and a
what-if page; jobs that wait, a dataset that was fetched when its worker was killed, an upload half way in.
Databases are kept as SQL, so that a change of them can be read.
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from core.base.settings import Settings

MADE = Path(__file__).parent / "data" / "earlier_version"
#: Where exports were taken from.
SOURCE = "/srv/exports"
BUNDLE = "small"

DATASET, ODD, FETCHED, FETCHING, NOT_FETCHED = (
    "nyBmBPCAw6hDsuNE",
    "MO2xqDYqdE_Va36f",
    "JsnV8GGHpY5fGyq4",
    "vKMKzI8QmQzrGgZg",
    "FaJlFzZsVRKaOMvo",
)
RESULT, FAILED, QUEUED = "3hilxlJ6IQ9J-VAs", "YWA9epgO4peyaCbS", "0DC3dUfKVDoeHGMB"
TRAINING, QUEUED_TRAINING = "tRnfnz7JLd6kGvi_", "bedKQa9TVdRGXwXu"
AUDIENCE = "mTmRRpv3hvCVshVo"
UPLOAD = "aEBeJoohzwKjuK0B"


def restore(folder: Path) -> Settings:
    """Put the data folder, its databases and the model into a folder; return settings that point there."""
    data, exports = folder / "data", folder / "exports"
    shutil.copytree(MADE / "data", data)
    shutil.copytree(MADE / "models", folder / "models")
    shutil.copytree(MADE / "exports", exports)
    (data / "results" / QUEUED).mkdir()  # which is empty, and so isn't kept
    for name in ("predictor", "jobs"):
        with sqlite3.connect(data / f"{name}.sqlite") as database:
            database.executescript((MADE / f"{name}.sql").read_text().replace(SOURCE, str(exports)))
        database.close()
    return Settings(
        data_dir=data,
        models_dir=folder / "models",
        bundle=BUNDLE,
        sources=(str(exports),),
        min_free_bytes=0,
        DATABASE_URL=None,
    )
