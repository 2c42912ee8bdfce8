"""Whether an export is like the data its model learned from."""
