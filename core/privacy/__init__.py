"""One person's data: found, handed out, deleted with a certificate; and how long data are kept at all."""
