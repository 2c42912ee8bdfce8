"""The pages of schedules: the list, one with its runs, and the form."""
