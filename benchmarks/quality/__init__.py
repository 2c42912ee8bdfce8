"""How good purchase predictions are, beside what could be used in place of the product."""
