"""What pages of a large result ask first, found once it can be looked at: nobody has to wait for it.

What the result's own page asks is found before (``core.scoring.prewarm_results``). Nothing depends on either:
whatever isn't kept is found when it is asked.
"""

from __future__ import annotations

import logging

import duckdb

from core.base.errors import CoreError
from core.base.settings import Settings
from core.results import footer
from core.results.cache import LARGE
from core.results.filters import Filters
from core.results.history.exports import history_of, shop_results
from core.results.sources import find_source
from core.storage import get_store

_log = logging.getLogger(__name__)


def prepare_pages(result_id: str, settings: Settings) -> None:
    """Find the likeliest of a large result, and what journeys, reasons, report and audience begin with."""
    # Here, not above: each brings libraries of its own, and most results are small.
    from core.audiences import default_definition, select
    from core.explain import likeliest
    from core.explain.prewarm import prepare_reasons
    from core.journeys.prewarm import prepare_journeys
    from core.report import open_scene, prepare

    try:
        # Of a small result, too: home tells all exports together, and this one may overlap others.
        store = get_store(settings)
        history_of(shop_results(store)[0], store)
        source = find_source(result_id)
        if footer.facts(source.scored).n < LARGE:
            return
        # The answer itself comes first.
        likeliest(source, Filters())
        prepare_journeys(result_id)
        prepare_reasons(result_id)
        prepare(open_scene(result_id, Filters(), settings))
        select(source, default_definition(source))
    except (CoreError, OSError, duckdb.Error) as error:
        _log.info("Pages of %s were not prepared: %s", result_id, error)
