"""Helpers of development, run from the Makefile."""
