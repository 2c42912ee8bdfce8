"""The synthetic demo shop: what it sells, where its visitors live, how they come.

Everything here is made up. Products are drawn once from a fixed seed, so that every simulated log
is of the same shop.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

#: Random fields of an event have this many values; every table below is read by one of them.
BITS = 12
STEPS = 1 << BITS

CATALOGUE_SEED = 20_080_401
PRODUCTS_PER_CATEGORY = 240
BANDS = 5

#: Category -> (median price in EUR, spread of log prices, share of visits that come for it).
CATEGORIES: dict[str, tuple[float, float, float]] = {
    "accessories": (19.0, 0.55, 0.11),
    "bags": (59.0, 0.60, 0.08),
    "dresses": (54.0, 0.50, 0.15),
    "jackets": (99.0, 0.50, 0.09),
    "knitwear": (46.0, 0.45, 0.10),
    "sale": (22.0, 0.55, 0.13),
    "shirts": (32.0, 0.45, 0.11),
    "shoes": (79.0, 0.50, 0.12),
    "sportswear": (38.0, 0.50, 0.05),
    "trousers": (49.0, 0.45, 0.06),
}
SALE = list(CATEGORIES).index("sale")

COLOURS: dict[str, float] = {
    "black": 0.19,
    "white": 0.13,
    "blue": 0.11,
    "navy": 0.08,
    "gray": 0.08,
    "beige": 0.07,
    "red": 0.07,
    "green": 0.06,
    "brown": 0.05,
    "pink": 0.05,
    "multicolour": 0.05,
    "burgundy": 0.03,
    "yellow": 0.02,
    "violet": 0.01,
}
BRANDS = (
    "Alderhof Birkenau Brightwater Castell Corvina Dunmore Elbstern Fjordlund Grovers Hallstatt Ingram "
    "Juniper Kestrel Lindenhof Marlow Nordwik Oakridge Pellworm Quarry Rosedale Stillwater Tamsin Ulmen "
    "Westmark"
).split()

#: Country -> (share of visitors, how it moves the wish to buy: shipping costs abroad).
COUNTRIES: dict[str, tuple[float, float]] = {
    "DE": (0.440, 0.30),
    "AT": (0.075, 0.15),
    "CH": (0.060, -0.25),
    "FR": (0.055, -0.05),
    "NL": (0.050, 0.05),
    "PL": (0.040, -0.10),
    "IT": (0.035, -0.10),
    "ES": (0.028, -0.10),
    "BE": (0.025, 0.00),
    "GB": (0.030, -0.50),
    "US": (0.026, -0.70),
    "CZ": (0.018, -0.10),
    "DK": (0.015, 0.00),
    "SE": (0.013, -0.05),
    "HU": (0.009, -0.20),
    "RO": (0.008, -0.25),
    "PT": (0.008, -0.15),
    "NO": (0.008, -0.50),
    "LU": (0.006, 0.15),
    "FI": (0.006, -0.10),
    "SK": (0.006, -0.15),
    "IE": (0.005, -0.20),
    "GR": (0.005, -0.25),
    "HR": (0.004, -0.20),
    "SI": (0.004, -0.15),
    "TR": (0.005, -0.70),
    "UA": (0.004, -0.80),
    "CA": (0.003, -0.80),
    "AU": (0.002, -0.90),
    "JP": (0.002, -0.90),
}
#: Share of visitors whose country the shop couldn't tell.
UNKNOWN_COUNTRY = 0.012

DEVICES: dict[str, tuple[float, float]] = {
    "mobile": (0.61, -0.15),
    "desktop": (0.33, 0.25),
    "tablet": (0.06, 0.0),
}
CHANNELS = ("direct", "organic search", "paid search", "email", "social", "referral")
PAGES = ("/", "/search", "/list", "/product", "/cart", "/checkout", "/info", "/service", "/thank-you")
HOME, INFO, SERVICE, THANK_YOU = 0, 6, 7, 8

#: Relative traffic by hour (UTC), weekday (Monday first) and month.
HOUR_WEIGHTS = (9, 5, 3, 2, 3, 8, 18, 30, 40, 46, 50, 54, 55, 50, 47, 48, 52, 60, 70, 78, 74, 58, 36, 19)
WEEKDAY_WEIGHTS = (1.05, 1.00, 0.98, 0.97, 0.92, 0.96, 1.16)
MONTH_WEIGHTS = (0.95, 0.88, 0.96, 0.98, 1.00, 0.94, 0.93, 0.90, 1.00, 1.04, 1.24, 1.28)
#: How the month moves the wish to buy: sales in January and July, presents in November and December.
MONTH_DRIVE = (0.05, -0.05, 0.0, 0.0, 0.0, 0.0, 0.05, -0.05, 0.0, 0.0, 0.08, 0.08)


@dataclass(frozen=True)
class Catalogue:
    """The products, one entry each, and how they are come upon.

    ``cents`` is the price in euro cents, ``band`` its fifth within the category (0 cheapest),
    ``pick[category]`` maps a random field to a product of that category, popular ones more often.
    """

    ids: tuple[str, ...]
    category: npt.NDArray[np.uint8]
    brand: npt.NDArray[np.uint8]
    colour: npt.NDArray[np.uint8]
    cents: Ints
    band: npt.NDArray[np.uint8]
    pick: npt.NDArray[np.int32]


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Return the shop's products; the same in every run."""
    rng = np.random.default_rng(CATALOGUE_SEED)
    n, each = len(CATEGORIES) * PRODUCTS_PER_CATEGORY, PRODUCTS_PER_CATEGORY
    category = np.repeat(np.arange(len(CATEGORIES), dtype=np.uint8), each)
    cents = np.empty(n, dtype=np.int64)
    band = np.empty(n, dtype=np.uint8)
    pick = np.empty((len(CATEGORIES), STEPS), dtype=np.int32)
    for index, (median, spread, _) in enumerate(CATEGORIES.values()):
        own = slice(index * each, (index + 1) * each)
        euros = median * np.exp(spread * rng.standard_normal(each))
        cents[own] = np.maximum(np.round(euros), 4).astype(np.int64) * 100 - 1
        band[own] = np.argsort(np.argsort(cents[own], kind="stable")) * BANDS // each
        popularity = 1.0 / (10.0 + rng.permutation(each))
        pick[index] = index * each + lookup(popularity)
    return Catalogue(
        ids=tuple(f"P{number:05d}" for number in range(1, n + 1)),
        category=category,
        brand=rng.integers(0, len(BRANDS), n).astype(np.uint8),
        colour=rng.choice(len(COLOURS), n, p=np.array(list(COLOURS.values()))).astype(np.uint8),
        cents=cents,
        band=band,
        pick=pick,
    )


def lookup(weights: npt.ArrayLike) -> Ints:
    """Return the table that maps a random field to an index, in proportion to ``weights``.

    A table instead of a comparison of sums: one gather an event, and whole numbers give the same
    log on every machine.
    """
    shares = np.asarray(weights, dtype=np.float64)
    edges = np.cumsum(shares) / shares.sum()
    found = np.searchsorted(edges, (np.arange(STEPS) + 0.5) / STEPS, side="right")
    return np.asarray(np.minimum(found, len(shares) - 1))


def lognormal_table(median: float, sigma: float, *, low: int, high: int) -> Ints:
    """Return quantiles of a lognormal distribution as whole numbers, to be read by a random field."""
    normal = NormalDist()
    values = [median * math.exp(sigma * normal.inv_cdf((step + 0.5) / STEPS)) for step in range(STEPS)]
    return np.asarray(np.clip(np.round(values), low, high).astype(np.int64))
