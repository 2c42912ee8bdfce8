"""Several files as one export: which there are, how they are read alike, what is said of them together."""
