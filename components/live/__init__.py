"""The Live page: who is in the shop now, one visit as it happens, keys and quarantine."""
