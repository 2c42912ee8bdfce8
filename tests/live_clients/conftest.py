"""The one browser of all tests of SDKs: a second one beside it would not start."""

from __future__ import annotations

from tests.browser.conftest import chromium

__all__ = ["chromium"]
