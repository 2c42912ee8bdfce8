"""Rules that settle what events mean once all files are together."""
