"""Logs that research published, and competitions on them."""
