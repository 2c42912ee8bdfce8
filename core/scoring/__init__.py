"""From an export to scored sessions: the steps, and the pipeline that runs them for a stored result."""
