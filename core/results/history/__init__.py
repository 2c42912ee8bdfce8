"""All exports of a shop together, day by day."""
