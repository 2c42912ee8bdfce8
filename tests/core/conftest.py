"""Fixtures of the core's tests."""

from tests.core.training.fixtures import trained
from tests.core.training.shops import shop
from tests.postgres import migrated_postgres_url, postgres_server, postgres_template, postgres_url

__all__ = [
    "migrated_postgres_url",
    "postgres_server",
    "postgres_template",
    "postgres_url",
    "shop",
    "trained",
]
