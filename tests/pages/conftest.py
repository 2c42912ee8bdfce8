"""A shop with a model and a scored export, and a client of its pages: for each file of tests its own."""

from __future__ import annotations

from tests.core.whatif.shop import shop
from tests.pages.dashing import client

__all__ = ["client", "shop"]
