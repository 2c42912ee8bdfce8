"""The cells of a source as canonical columns."""
