"""Which project a request is about: found before any route runs, and chosen where it isn't clear."""
