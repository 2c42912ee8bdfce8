"""The journeys page."""
