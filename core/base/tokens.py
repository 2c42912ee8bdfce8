"""The colours of ``assets/css/00-tokens.css`` for charts, downloads and plain pages."""

from __future__ import annotations

import re

from core.base.settings import ROOT

FILE = ROOT / "assets" / "css" / "00-tokens.css"


def tokens() -> tuple[dict[str, str], dict[str, str]]:
    """Return the tokens in light and in dark: names without their dashes, values as CSS has them."""
    css = re.sub(r"/\*.*?\*/", "", FILE.read_text(encoding="utf-8"), flags=re.DOTALL)
    blocks = re.findall(r"(?::root|\[data-bs-theme)[^{]*\{([^}]*)\}", css)
    light, dark = (dict(re.findall(r"--([\w-]+):\s*([^;]+);", block)) for block in blocks[:2])
    return light, {**light, **dark}
