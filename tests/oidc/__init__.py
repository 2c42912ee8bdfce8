"""A real OpenID Connect provider for tests, and somebody who signs in at it."""
