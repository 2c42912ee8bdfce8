"""Numbers and amounts as the shop writes them, in sentences and on pages; unknown ones are a dash."""

from __future__ import annotations

import math

from core.base.shop import written_as

NOTHING = "–"
MINUS = "−"

#: Signs of currencies that stand before the amount.
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
#: Currencies without cents (ISO 4217).
WHOLE = frozenset("JPY KRW VND CLP ISK UGX PYG XAF XOF XPF RWF KMF GNF DJF BIF VUV".split())
#: From so much on, an amount of theirs is written in whole units; an average below may need its decimals.
WHOLE_FROM = 10
#: Sums that would be written with five figures or more are written without their cents.
FIVE_FIGURES = 9_999.995
#: Predicted amounts below this are written with their cents.
SMALL_ESTIMATE = 9.995
#: So few expected buyers are told to a tenth, and fewer than this are less than one.
FEW_EXPECTED, LEAST_EXPECTED = 10, 0.05
#: Decimal sign and sign between thousands, as ``number_format`` says; a space is one that doesn't break.
SEPARATORS = {"1,234.5": ".,", "1.234,5": ",.", "1 234,5": ",\u00a0", "1’234.5": ".’"}


def separators() -> str:
    """Return the decimal sign and the sign between thousands, as Plotly wants them."""
    return SEPARATORS[written_as().number_format]


def number(value: float | None, digits: int = 2) -> str:
    """Write a number with thousands separators and at most ``digits`` decimals."""
    known = known_number(value)
    if known is None:
        return NOTHING
    text = f"{abs(known):,.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return _signed(known, as_set(text), zero="0")


def counted(n: int, what: str, plural: str | None = None) -> str:
    """Write a number with what it counts: "1 order", "1,204 orders"."""
    return f"{number(n)} {agree(n, what, plural)}"


def agree(n: int, singular: str, plural: str | None = None) -> str:
    """Return the form of a word that goes with a number of things: "order" or "orders", "is" or "are"."""
    return singular if n == 1 else plural or f"{singular}s"


def expected_number(value: float | None) -> str:
    """Write how many of something are to be expected: a few to a tenth, and never none where some are."""
    known = known_number(value)
    if known is not None and 0 < known < LEAST_EXPECTED:
        return f"<{as_set('0.1')}"
    return number(known, 1 if known is not None and known < FEW_EXPECTED else 0)


def decimals(value: float | None, digits: int) -> str:
    """Write a number with exactly so many decimals, as scores are."""
    known = known_number(value)
    return NOTHING if known is None else _signed(known, as_set(f"{abs(known):,.{digits}f}"))


def money(value: float | None, currency: str | None = None, digits: int = 2) -> str:
    """Write an amount with its currency, if that is known; in whole units from five figures on, or of yen."""
    known = known_number(value)
    if known is None:
        return NOTHING
    is_whole = currency in WHOLE and (known == 0 or abs(known) >= WHOLE_FROM)
    if is_whole or abs(known) >= FIVE_FIGURES:
        digits = 0
    text = as_set(f"{abs(known):,.{digits}f}")
    sign = SIGNS.get(currency or "")
    if sign:
        text = f"{sign}{text}"
    elif currency:
        text = f"{text}\u00a0{currency}"
    return _signed(known, text)


def estimate(value: float | None, currency: str | None = None) -> str:
    """Write an amount that is predicted, which no model knows to the cent: in whole units unless small."""
    known = known_number(value)
    return money(value, currency, 2 if known is None or abs(known) < SMALL_ESTIMATE else 0)


def percent(share: float | None, digits: int = 1, *, of_whole: bool = True) -> str:
    """Write a share of 1 in percent; what isn't quite nothing or everything is not rounded to it.

    Nothing and everything themselves are written without decimals. A ratio that can exceed 1 is no share
    ``of_whole``: nearly 100% is 100% then. ``assets/js/00-base.js`` has the same for the browser.
    """
    known = known_number(share)
    if known is None:
        return NOTHING
    least = 10.0**-digits
    size = abs(known) * 100
    if size == 0 or (of_whole and size == 100):
        digits = 0
    if 0 < size < least / 2:
        return f"<{_signed(known, as_set(f'{least:.{digits}f}%'))}"
    if of_whole and 100 - least / 2 <= size < 100:
        return f">{_signed(known, as_set(f'{100 - least:.{digits}f}%'))}"
    return _signed(known, as_set(f"{size:,.{digits}f}%"))


def as_set(text: str) -> str:
    """Write a number's separators as set; ``text`` has a point and commas."""
    form = written_as().number_format
    if form == "1,234.5":
        return text
    point, comma = SEPARATORS[form][0], SEPARATORS[form][1]
    return "".join(point if sign == "." else comma if sign == "," else sign for sign in text)


def shortened(text: str, most: int = 40) -> str:
    """Return a text with as many letters at most."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def known_number(value: float | None) -> float | None:
    """Return a number as a float; None where it is none or isn't finite."""
    if value is None:
        return None
    known = float(value)
    return known if math.isfinite(known) else None


def _signed(value: float, text: str, zero: str | None = None) -> str:
    """Put a minus before a negative number that isn't written as 0."""
    digits = {character for character in text if character.isdigit()}
    if digits <= {"0"}:
        return zero or text
    return f"{MINUS}{text}" if value < 0 else text
