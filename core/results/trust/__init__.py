"""How far to trust the predictions of a result, and when not to act on them."""

from core.results.trust.verdict import (
    Trust,
    doubt_of,
    doubt_of_source,
    judge,
    trust_of,
    trust_of_file,
    trust_of_source,
)

__all__ = ["Trust", "doubt_of", "doubt_of_source", "judge", "trust_of", "trust_of_file", "trust_of_source"]
