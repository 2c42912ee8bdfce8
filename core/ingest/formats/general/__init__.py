"""Layouts that no source has to itself: what the names of columns and words of events alone tell."""
