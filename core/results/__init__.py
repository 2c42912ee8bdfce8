"""Questions the pages ask of scored sessions, answered by DuckDB from their Parquet."""
