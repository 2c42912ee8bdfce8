"""The page of an audience's outcomes."""
