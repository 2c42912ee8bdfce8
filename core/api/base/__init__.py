"""What all routes share: how errors and lists look, what a route needs, and how it is described."""
