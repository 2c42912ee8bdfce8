"""The upload page and the page of one dataset."""
