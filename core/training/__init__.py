"""Training: from session rows with outcomes to a bundle and honest figures of its quality."""
