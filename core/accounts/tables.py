"""The tables of people, their sessions, links, who they are at a provider, and which projects they are in."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, String, Table, Text

from core.database import UtcDateTime, metadata

people = Table(
    "people",
    metadata,
    Column("id", String, primary_key=True),
    Column("email", String, nullable=False, unique=True),
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    # Empty for whoever signs in elsewhere.
    Column("password", String, nullable=False),
    # The secret of the second factor, and the last period a code of it was taken for: each counts once.
    Column("totp", String, nullable=False, server_default=""),
    Column("totp_last", Integer, nullable=False, server_default="0"),
    Column("recovery", JSON, nullable=False, server_default="[]"),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime),
)

person_sessions = Table(
    "person_sessions",
    metadata,
    # The hash of what the cookie holds.
    Column("id", String, primary_key=True),
    Column("person_id", String, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("address", String, nullable=False),
    Column("device", String, nullable=False),
    # By which the provider knows whose session to end with this one; empty for sign-ins by password.
    Column("id_token", Text, nullable=False, server_default=""),
    # What the provider calls its own session, by which it says that it is over.
    Column("provider_session", String, nullable=False, server_default=""),
    Index("person_sessions_by_person", "person_id"),
)

links = Table(
    "person_links",
    metadata,
    # The hash of what the link ends with.
    Column("id", String, primary_key=True),
    # Whose password it resets; null for an invitation.
    Column("person_id", String, ForeignKey("people.id", ondelete="CASCADE")),
    Column("email", String, nullable=False),
    Column("role", String, nullable=False),
    Column("made_by", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    # Which project an invitation makes somebody a member of; empty where there was a single one.
    Column("project", String, nullable=False, server_default=""),
)

projects = Table(
    "projects",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    # Sources, destinations and databases of the installation that it may use, by the name of the setting.
    Column("allowed", JSON, nullable=False, server_default="{}"),
    Column("created_at", UtcDateTime, nullable=False),
)

project_members = Table(
    "project_members",
    metadata,
    Column("project_id", String, ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    Column("person_id", String, ForeignKey("people.id", ondelete="CASCADE"), primary_key=True),
    # Empty where it is the role of their account.
    Column("role", String, nullable=False, server_default=""),
    Index("project_members_by_person", "person_id"),
)

person_identities = Table(
    "person_identities",
    metadata,
    # An account at a provider: the two together are nobody else's and never change.
    Column("issuer", String, primary_key=True),
    Column("subject", String, primary_key=True),
    Column("person_id", String, ForeignKey("people.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime),
    Index("person_identities_by_person", "person_id"),
)

removed_people = Table(
    "removed_people",
    metadata,
    # The hash of an e-mail address, or of an account at a provider: nobody comes back by themselves.
    Column("id", String, primary_key=True),
    Column("removed_at", UtcDateTime, nullable=False),
)

provider_logouts = Table(
    "provider_logouts",
    metadata,
    # The hash of a logout token's issuer and id: each counts once.
    Column("id", String, primary_key=True),
    Column("until", UtcDateTime, nullable=False),
)
