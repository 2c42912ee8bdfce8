"""From an export to scored sessions: the steps, and the pipeline that runs them.

``pipeline`` runs them for a stored result or, without the store, for a file; ``steps`` work on files alone.
"""
