"""Questions the pages ask of scored sessions, answered by DuckDB from their Parquet and cached beside it.

``view.ResultView`` answers what a result's page shows, for any ``filters.Filters``; ``sources`` finds the
sessions of a result, or those kept with a model.
"""
