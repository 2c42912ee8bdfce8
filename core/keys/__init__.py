"""API keys: what programs show instead of signing in. Of each, only a hash is kept.

``records`` makes, lists and revokes them; ``checking`` says of a request who its key makes it.
"""

from core.keys.records import SCOPES, ApiKey, keys, make_key, revoke_key

__all__ = ["SCOPES", "ApiKey", "keys", "make_key", "revoke_key"]
