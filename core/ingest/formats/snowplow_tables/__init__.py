"""Tables that Snowplow's packages for dbt make of its events."""
