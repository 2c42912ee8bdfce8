"""Snowplow's schemas of e-commerce, in the SQL of a record: entities in JSON, or in a column for each schema.

``contexts`` holds entities with the addresses of their schemas; warehouses have a column for each instead,
with more or less of its version behind its name
(``contexts_com_snowplowanalytics_snowplow_ecommerce_product_1``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.ingest.files.nested import TEXT
from core.schema.events import EventType

#: What an event of the accelerator does.
ACTIONS = {
    "product_view": EventType.PRODUCT_VIEW,
    "list_view": EventType.LIST_VIEW,
    "list_click": EventType.CLICK,
    "add_to_cart": EventType.CART_ADD,
    "remove_from_cart": EventType.CART_REMOVE,
    "checkout_step": EventType.CHECKOUT,
    "transaction": EventType.PURCHASE,
    "refund": EventType.OTHER,
    "trns_error": EventType.OTHER,
    "promo_view": EventType.OTHER,
    "promo_click": EventType.OTHER,
}
#: What is read of an entity.
ENTITY = dict.fromkeys(
    ("id", "sku", "category", "brand", "price", "quantity", "currency", "transaction_id", "revenue",
     "refund_amount"),
    TEXT,
)  # fmt: skip
_UPPER, _SIGN = re.compile(r"(?<=[a-z])(?=[A-Z])"), re.compile(r"[.-]")


@dataclass(frozen=True, slots=True)
class Schema:
    """A schema by its vendor and name, and the versions warehouses may have columns of."""

    vendor: str
    name: str
    versions: tuple[str, ...]

    @property
    def address(self) -> str:
        """SQL's pattern of its address."""
        return f"iglu:{self.vendor}/{self.name}/%"

    def columns(self, kind: str) -> tuple[str, ...]:
        """Return its columns in warehouses; ``kind`` is what is before its name there."""
        stem = f"{kind}_{_SIGN.sub('_', self.vendor)}_{_UPPER.sub('_', self.name).lower()}"
        return tuple(f"{stem}_{version}" for version in self.versions)

    @property
    def contexts(self) -> tuple[str, ...]:
        """Its columns as an entity."""
        return self.columns("contexts")

    @property
    def events(self) -> tuple[str, ...]:
        """Its columns as an event."""
        return self.columns("unstruct_event")

    @property
    def entities(self) -> str:
        """SQL of a record's entities of it, as a list of ``schema`` and ``data``; null without any."""
        packed = f"nullif(list_filter(r.contexts.data, lambda c: c.schema LIKE '{self.address}'), [])"
        apart = (
            f"list_transform(r.{column}, lambda d: struct_pack(schema := NULL::VARCHAR, data := d))"
            for column in self.contexts
        )
        return f"coalesce({packed}, {', '.join(apart)})"


def line(**cells: str) -> str:
    """Return SQL of a list with one product, from columns or keys of other names."""
    every = dict.fromkeys(ENTITY, "NULL::VARCHAR") | cells
    data = ", ".join(f"{key} := {sql}" for key, sql in every.items())
    return f"[struct_pack(schema := NULL::VARCHAR, data := struct_pack({data}))]"


def _ecommerce(name: str) -> Schema:
    return Schema("com.snowplowanalytics.snowplow.ecommerce", name, ("1", "1_0_0", "1_0_1", "1_0_2"))


def _enhanced(name: str) -> Schema:
    return Schema("com.google.analytics.enhanced-ecommerce", name, ("1", "1_0_0"))


ACTION, PRODUCT, TRANSACTION, REFUND = map(
    _ecommerce, ("snowplow_ecommerce_action", "product", "transaction", "refund")
)
#: Google's enhanced e-commerce, as the plugin of before has it; what an order comes to is of its action.
ENHANCED_ACTION, ENHANCED_PRODUCT, IMPRESSION, ENHANCED_ORDER = map(
    _enhanced, ("action", "productFieldObject", "impressionFieldObject", "actionFieldObject")
)
ENTITIES = (PRODUCT, TRANSACTION, REFUND, ENHANCED_PRODUCT, IMPRESSION, ENHANCED_ORDER)
