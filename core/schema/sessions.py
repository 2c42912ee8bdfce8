"""The session row: one row a session, with its features, its outcome and its predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

Kind = Literal["id", "time", "count", "amount", "seconds", "category", "flag"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One column of the session row.

    ``feature`` says whether a model may learn from it; ``group`` is the heading it stands under
    in forms and cards.
    """

    name: str
    dtype: pa.DataType
    kind: Kind
    label: str
    help: str
    group: str
    feature: bool = True


_S, _I, _F, _B = pa.string(), pa.int64(), pa.float64(), pa.bool_()


def _f(
    name: str, dtype: pa.DataType, kind: Kind, group: str, label: str, text: str, *, feature: bool = True
) -> Field:
    return Field(name=name, dtype=dtype, kind=kind, label=label, help=text, group=group, feature=feature)


#: Every known column of a session row, in the order tables show them.
SESSION_FIELDS: tuple[Field, ...] = (
    _f("session_id", _S, "id", "Session", "Session", "The session's own id.", feature=False),
    _f("visitor_id", _S, "id", "Session", "Visitor", "The visitor's id, where known.", feature=False),
    _f("started_at", pa.timestamp("us"), "time", "Time", "Started", "First event, UTC.", feature=False),
    _f("n_events", _I, "count", "Activity", "Events", "Everything the visitor did."),
    _f("clicks", _I, "count", "Activity", "Clicks", "Clicks, opened products included."),
    _f("page_views", _I, "count", "Activity", "Pages viewed", "Pages and product lists viewed."),
    _f("product_views", _I, "count", "Activity", "Products viewed", "Product pages opened."),
    _f("searches", _I, "count", "Activity", "Searches", "Searches in the shop."),
    _f("cart_adds", _I, "count", "Cart", "Added to cart", "Times something was added to the cart."),
    _f(
        "cart_removes", _I, "count", "Cart", "Removed from cart", "Times something was removed from the cart."
    ),
    _f("checkouts", _I, "count", "Cart", "Checkout steps", "Checkout steps reached before any purchase."),
    _f("duration_seconds", _F, "seconds", "Time", "Time spent", "First to last event, in seconds."),
    _f("mean_gap_seconds", _F, "seconds", "Time", "Time between events", "Average pause between two events."),
    _f("unique_products", _I, "count", "Products", "Different products", "Different products seen."),
    _f("unique_categories", _I, "count", "Products", "Different categories", "Different categories seen."),
    _f("price_mean", _F, "amount", "Products", "Average price seen", "Average price of products viewed."),
    _f("price_max", _F, "amount", "Products", "Highest price seen", "Highest price of products viewed."),
    _f("cart_value", _F, "amount", "Cart", "Cart value", "Value of the cart before any purchase."),
    _f("dominant_category", _S, "category", "Products", "Main category", "The category viewed most."),
    _f(
        "dominant_colour_group",
        _S,
        "category",
        "Products",
        "Main colour group",
        "The colours viewed most.",
    ),
    _f("country_group", _S, "category", "Visitor", "Country group", "Home market, EU, Non-EU or Unknown."),
    _f("country", _S, "category", "Visitor", "Country", "ISO code, where known.", feature=False),
    _f("device", _S, "category", "Visitor", "Device", "Device, where known.", feature=False),
    _f(
        "channel",
        _S,
        "category",
        "Visitor",
        "Channel",
        "How the visitor arrived, where known.",
        feature=False,
    ),
    _f("day_of_week", _I, "category", "Time", "Day of week", "1 is Monday, 7 is Sunday."),
    _f("hour", _I, "count", "Time", "Hour of day", "0 to 23, by the shop's clock."),
    _f("is_weekday", _B, "flag", "Time", "On a weekday", "Monday to Friday."),
    _f("is_returning", _B, "flag", "Visitor", "Returning visitor", "Has visited before."),
    _f("purchased", _B, "flag", "Outcome", "Purchased", "Whether the session bought.", feature=False),
    _f("revenue", _F, "amount", "Outcome", "Revenue", "What the session spent.", feature=False),
)

FIELD: dict[str, Field] = {field.name: field for field in SESSION_FIELDS}
SESSION_SCHEMA = pa.schema([(field.name, field.dtype) for field in SESSION_FIELDS])
FEATURES: tuple[str, ...] = tuple(field.name for field in SESSION_FIELDS if field.feature)
OUTCOMES: tuple[str, ...] = ("purchased", "revenue")

#: What a bundle adds to a session row. Probability is a share of 1, amounts are in the dataset's
#: currency; of sessions that buy, 1 in 10 pays less than ``revenue_low`` (P10) and 1 in 10 more than
#: ``revenue_high`` (P90). ``cluster_x`` and ``cluster_y`` are coordinates of the bundle's fixed projection.
PREDICTION_SCHEMA = pa.schema(
    [
        ("purchase_probability", pa.float64()),
        ("predicted_purchase", pa.bool_()),
        ("revenue_if_purchase", pa.float64()),
        ("revenue_low", pa.float64()),
        ("revenue_high", pa.float64()),
        ("predicted_revenue", pa.float64()),
        ("expected_revenue", pa.float64()),
        ("cluster_id", pa.int32()),
        ("cluster_name", pa.string()),
        ("cluster_x", pa.float32()),
        ("cluster_y", pa.float32()),
    ]
)

COUNTRY_GROUPS = ("Germany", "EU", "Non-EU", "Unknown")
COLOUR_GROUPS = ("neutral", "dark", "cool", "warm", "multi")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
