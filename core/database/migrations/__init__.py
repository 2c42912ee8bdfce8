"""The way from any earlier schema of the metadata database to today's: Alembic's files.

``docs/migrations.md`` says how one is added.
"""
