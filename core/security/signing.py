"""What passes through a browser and must come back as it was: signed, for a purpose, for a time."""

from __future__ import annotations

import secrets

from itsdangerous import URLSafeTimedSerializer

from core.base.settings import Settings
from core.security.files import create_private
from core.security.sessions import SECRET_FILE


def signer(settings: Settings, purpose: str) -> URLSafeTimedSerializer:
    """Return what signs something that passes through a browser for a purpose."""
    key = create_private(settings.data_dir / SECRET_FILE, secrets.token_urlsafe(48))
    return URLSafeTimedSerializer(key, salt=f"predictor-{purpose}")
