"""The frame around every page, and how Dash is served."""
