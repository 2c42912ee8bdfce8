"""A bundle: fitted models with their manifest, how they predict, and which one is in use."""
