"""How cells are written, what their words mean, and the SQL that reads one."""
