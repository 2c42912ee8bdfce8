"""What every process of a server needs, imported once before they are forked: unwritten, it is shared.

Nothing may stay open and no thread may run at a fork: databases are opened by process, and a model is loaded
but not asked.
"""

from __future__ import annotations

import gc
from contextlib import suppress
from importlib import import_module

from core.base.errors import CoreError
from core.base.libraries.lean_imports import arrow_without_pandas, import_xgboost, without_collecting
from core.base.project import FIRST, settings_of
from core.base.settings import Settings

#: What more than one of them needs; each takes a second to import, or many megabytes.
SHARED = ("core.jobs.worker", "core.live.processing", "core.rules.acting")


def preload(settings: Settings) -> None:
    """Import what is shared and load the model in use."""
    from core.bundle.predictor import Predictor
    from core.database.opening import close_connections
    from core.storage import get_store

    first = settings_of(FIRST, settings)
    with without_collecting():
        arrow_without_pandas()
        import_xgboost()
        for name in SHARED:
            import_module(name)
    with suppress(CoreError):
        # Whoever opens a page with it is told; its trees are built after the fork.
        Predictor.load(None, first)
    # Whoever was asked meanwhile keeps a connection; processes open their own.
    close_connections()
    get_store(first).close()
    # Collecting garbage would otherwise write to every object, and so copy what is shared.
    gc.collect()
    gc.freeze()
