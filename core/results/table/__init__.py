"""The table of sessions: AG Grid's models and any order of rows."""
