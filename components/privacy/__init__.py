"""The page of privacy: how long data are kept, one person's data, and what was deleted."""
