"""Clusters of scored sessions: profiles, the map, pairs, time."""
