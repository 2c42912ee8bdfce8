"""Models over HTTP: which there are, which is used, and training another one."""
