"""The page of a result's reasons."""
