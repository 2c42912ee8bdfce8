"""Fixtures of the core's tests."""

from tests.core.training.fixtures import trained
from tests.core.training.shops import shop
from tests.postgres import postgres_server, postgres_url

__all__ = ["postgres_server", "postgres_url", "shop", "trained"]
