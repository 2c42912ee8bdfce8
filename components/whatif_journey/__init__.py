"""The journey editor."""
