"""Fixtures of the core's tests."""

from tests.core.training.fixtures import trained
from tests.core.training.shops import shop
from tests.postgres import (
    database_url,
    migrated_postgres_url,
    postgres_server,
    postgres_template,
    postgres_url,
)

__all__ = [
    "database_url",
    "migrated_postgres_url",
    "postgres_server",
    "postgres_template",
    "postgres_url",
    "shop",
    "trained",
]
