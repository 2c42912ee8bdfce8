"""Snowplow: its events, and the tables that its packages for dbt make of them."""
