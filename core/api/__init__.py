"""The JSON side of the server: uploads, downloads, predictions, health; errors as plain JSON.

``create_application`` makes the ASGI application; the dashboard's pages are added to it by ``app.py``.
"""

from core.api.application import create_application, protect

__all__ = ["create_application", "protect"]
