"""Two results, or two parts of one, beside each other."""
