"""Figures: pure functions from data to ``go.Figure``."""
