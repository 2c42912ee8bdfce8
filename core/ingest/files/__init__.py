"""What a file really is, and its rows as a table of text."""
