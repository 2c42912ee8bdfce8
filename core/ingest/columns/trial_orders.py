"""Orders that a shop placed to try itself: by a flag, or by what they are called and paid with."""

from __future__ import annotations

import re

from core.ingest.base.assumptions import Assumption
from core.ingest.base.model import Mapping
from core.ingest.cells.synonyms import YES
from core.ingest.columns.codes import event_type_recoder
from core.ingest.files.head import Head
from core.ingest.formats.outcomes import is_yes_or_no
from core.schema.countries import plain
from core.schema.events import EventType

#: Names of columns of ways to pay.
_WAYS = frozenset(
    map(
        plain,
        "payment gateway, gateway, payment gateway names, payment method, payment type, payment provider, "
        "zahlungsart, zahlungsweise, moyen de paiement, mode de paiement, método de pago, forma de pago, "
        "metodo di pagamento, metoda płatności, betaalmethode".split(", "),
    )
)
_TRIED = re.compile(r"(test|testing|demo|dummy|bogus)([\s_#:/.-]*\d+)?", re.I)
_TRIED_WAY = re.compile(r"(test|testing|dummy)|.*\bbogus\b.*", re.I)


def marks_trials(head: Head, mapping: Mapping, name: str) -> bool:
    """Whether ``test`` marks orders alone, and not all: on visits it marks a test of the shop's pages."""
    event_type = mapping.columns.get("event_type")
    if plain(name) != "test" or event_type is None or not is_yes_or_no(head.values(name)):
        return False
    recode = event_type_recoder(mapping)
    kinds = [recode(word) if word else None for word in head.column(event_type)]
    says_yes = [(cell or "").strip().lower() in YES for cell in head.column(name)]
    orders = [yes for yes, kind in zip(says_yes, kinds, strict=True) if kind == EventType.PURCHASE]
    return 0 < sum(says_yes) == sum(orders) < len(orders)


def look_like_trials(head: Head, mapping: Mapping) -> list[Assumption]:
    """Say which orders look like a shop's own: they count as any other."""
    ways = [name for name in head.names if plain(name) in _WAYS and name not in mapping.columns.values()]
    numbers = [mapping.columns["order_id"]] if "order_id" in mapping.columns else []
    said = []
    for names, tried in ((numbers, _TRIED), (ways, _TRIED_WAY)):
        for name in names:
            found = dict.fromkeys(cell.strip() for cell in head.values(name) if tried.fullmatch(cell.strip()))
            if found and len(found) < len({cell.strip() for cell in head.values(name)}):
                listed = ", ".join(list(found)[:3])
                text = (
                    f"“{name}” has what looks like test orders ({listed}); they count as any other. If "
                    "nobody bought, take them out of the export."
                )
                said.append(Assumption("warning", text))
    return said
