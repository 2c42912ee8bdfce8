"""Matomo: its visits with their actions, its visits log, and the visits in its database."""
