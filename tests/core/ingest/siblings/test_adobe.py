"""Adobe's data feed as it is delivered: ``post_`` columns or not, serial numbers, files beside it."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.ingest import SourceFile, inspect_files
from tests.core.ingest.reading import write
from tests.core.ingest.sessions_of import Export, export_of

START = 1_772_445_600
NAMES = (
    "hitid_high hitid_low visid_high visid_low visit_num visit_start_time_gmt hit_time_gmt event_list "
    "product_list pagename page_event purchaseid exclude_hit geo_country"
).split()


def hit(number: int, visitor: int, second: int, events: str = "", products: str = "") -> list[str]:
    order = "T1" if events.startswith("1") and not events.startswith("12") else ""
    return [
        str(number), "1", str(visitor), "9", "1", str(START), str(START + second), events, products, "home",
        "0", order, "0", "deu",
    ]  # fmt: skip


HITS = [
    hit(1, 11, 0), hit(2, 11, 5, "2", ";p1;;"), hit(3, 11, 10, "12", ";p1;1;"),
    hit(4, 11, 20, "1,200=5.00", ";p1;1;40.00;event5=1;eVar1=a"), hit(5, 22, 0), hit(6, 22, 9, "2", ";p2;;"),
]  # fmt: skip


def feed(rows: Sequence[Sequence[str]] = HITS, names: Sequence[str] | None = NAMES) -> str:
    return "".join("\t".join(row) + "\n" for row in [*([names] if names else []), *rows])


def zipped(**files: str | bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return sink.getvalue()


HEADERS = {"column_headers.tsv": "\t".join(NAMES) + "\n"}
DAYS = {
    f"01-shop_2026030{day}.tsv.gz": gzip.compress(feed(rows, None).encode())
    for day, rows in ((2, HITS[:4]), (3, HITS[4:]))
}
MANIFEST = "Datafeed-Manifest-Version: 1.0\nLookup-Files: 1\nData-Files: 1\nTotal-Records: 6\n"


def with_serials() -> list[list[str]]:
    rows = [list(row) for row in HITS]
    rows[2][7], rows[3][7] = "12:a7c,100", "1:T1,200=5.00"
    return rows


def renamed(*stems: str) -> list[str]:
    return [f"post_{name}" if name.startswith(stems) else name for name in NAMES]


FILES: dict[str, dict[str, str | bytes]] = {
    "with its names on top, gzipped": {"a.tsv.gz": gzip.compress(feed().encode())},
    "serial numbers and values behind events": {"a.tsv": feed(with_serials())},
    "post_ lists alone": {"a.tsv": feed(names=renamed("event_list", "product_list", "pagename"))},
    "post_ visitor, too": {"a.tsv": feed(names=renamed("event_list", "product_list", "visid"))},
    "numeric evars": {"a.tsv": feed([[*row, "12", "3"] for row in HITS], [*NAMES, "post_evar1", "evar12"])},
    "two gzipped days with a file of names": {**DAYS, **HEADERS},
    "a zip with lookups and a manifest": {
        "feed.zip": zipped(
            **DAYS, **HEADERS,
            **{"browser.tsv": "1\tChrome\n", "event.tsv": "1\tPurchase\n", "shop.txt": MANIFEST},
        )
    },
}  # fmt: skip


def read(folder: Path, files: dict[str, str | bytes]) -> Export:
    paths = [write(folder, data, name) for name, data in files.items()]
    found = inspect_files([SourceFile(path, path.name) for path in paths])
    assert (found.format, found.needs_mapping) == ("adobe", False)
    return export_of(*paths)


@pytest.mark.parametrize("name", FILES)
def test_a_feed_as_it_is_delivered(tmp_path, name):
    found = read(tmp_path, FILES[name])
    assert (len(found.rows), found.n_buyers, found.revenue) == (2, 1, 40)
    assert sum(row["cart_adds"] for row in found.rows) == 1
