"""The pages of who did what and of API keys, below Settings."""
