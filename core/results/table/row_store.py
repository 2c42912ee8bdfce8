"""The rows of a large file once more, so that few of them, anywhere in it, are read at once.

Parquet is decoded a whole row group at a time, also for one row. Arrow's file format in small compressed
batches, mapped into memory, takes a tenth of the time for a page of the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from core.results.cache import beside, file_beside
from core.results.scored_sessions import ScoredSessions

NAME = "rows.arrow"
#: Rows of a batch: each batch a page's rows lie in is decompressed.
ROWS = 512
#: Rows read from Parquet at a time.
READ = 64 * ROWS
#: What the place of a row in the file is called, as DuckDB has it.
PLACE = "file_row_number"


def store_rows(sessions: ScoredSessions) -> None:
    """Write the rows of a large file beside it, unless they are there."""
    plain = sessions.at(None)
    beside(plain, NAME, partial(_write, plain.path))


def stored(sessions: ScoredSessions, rows: Sequence[int]) -> pa.Table | None:
    """Return some rows, in the order asked for, with all columns and ``PLACE``; None unless stored."""
    try:
        with (
            pa.memory_map(str(file_beside(sessions.at(None), NAME))) as mapped,
            pa.ipc.open_file(mapped, options=pa.ipc.IpcReadOptions(use_threads=False)) as file,
        ):
            found = pa.Table.from_batches(
                [file.get_batch(row // ROWS).slice(row % ROWS, 1) for row in rows], file.schema
            )
    except (OSError, pa.ArrowInvalid):
        return None
    return found.append_column(PLACE, pa.array(rows, pa.int64()))


def _write(path: Path, out: Path) -> None:
    options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
    with pq.ParquetFile(path) as file, pa.ipc.new_file(out, file.schema_arrow, options=options) as target:
        # Every batch but the last has ``ROWS`` rows, wherever row groups end.
        rest = file.schema_arrow.empty_table()
        for batch in file.iter_batches(READ, use_threads=False):
            read = pa.concat_tables([rest, pa.Table.from_batches([batch])]).combine_chunks()
            whole = len(read) - len(read) % ROWS
            target.write_table(read.slice(0, whole), max_chunksize=ROWS)
            rest = read.slice(whole)
        target.write_table(rest)
