"""The report of a result as one file."""
