"""What every part of reading shares: the mapping and report of a file, assumptions, the database."""
