"""What a file is, told from its head: read, recognised, or refused."""
