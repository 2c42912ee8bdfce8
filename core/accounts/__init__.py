"""People: accounts, their sessions on the server, invitations, and a second factor.

Everything is in the metadata database, so that a change counts in every worker at once. Passwords are kept as
argon2 hashes; of sessions and links only a hash is kept, so that nobody who reads the database can use them.
"""

from core.accounts.people import Person, any_people, find_person, people, person_of

__all__ = ["Person", "any_people", "find_person", "people", "person_of"]
