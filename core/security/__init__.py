"""Who may use the dashboard, and what a browser may do with it.

One shared password (``passwords``) opens a signed session (``sessions``), guesses are slowed down
(``attempts``), every answer carries strict headers (``headers``), and ``guard`` stands before every
request. ``sign_in`` is the page where the password is asked.
"""

from core.security.passwords import has_password, password_hash, set_password

__all__ = ["has_password", "password_hash", "set_password"]
