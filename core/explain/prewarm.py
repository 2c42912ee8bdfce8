"""What the page of reasons asks first of a large result, found before anybody opens it."""

from __future__ import annotations

import logging

import duckdb

from core.base.errors import CoreError
from core.explain.sampling import sampled
from core.results.cache import LARGE
from core.results.filters import Filters
from core.results.footer import facts
from core.results.sources import find_source

_log = logging.getLogger(__name__)


def prepare_reasons(result_id: str) -> None:
    """Take a sample of a large result apart, for its page to open at once; nothing depends on it."""
    for target in ("purchase", "revenue"):
        try:
            source = find_source(result_id)
            if facts(source.scored).n >= LARGE:
                sampled(source, Filters(), target)
        except (CoreError, OSError, duckdb.Error) as error:
            _log.info("Reasons of %s were not prepared: %s", result_id, error)
