"""What the product calls things: canonical events, session rows, vocabularies, countries."""
