"""One model against another on the same sessions: the figures, and the verdict in words."""
