"""The token that a Trino which we started wants from each client: without it, whoever can reach its port could read
all that local AWS holds, and what the user's files hold.

Sources: RFC 7519 (JWT); Trino's documentation, "JWT authentication" and "HTTP server properties"
(`http-server.process-forwarded`).
"""

import base64
import hashlib
import hmac
import json
import secrets

# Athena's own user in Hive, whom tables and views belong to.
USER = "hadoop"
_SECRET_BYTES = 48


def new_secret() -> str:
    """What signs tokens, in the form that Trino's key file has."""
    return base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signed(secret: str) -> str:
    """A token for the user, which lasts as long as the secret does."""
    parts = [_encoded(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, {"sub": USER})]
    signature = hmac.digest(base64.b64decode(secret), ".".join(parts).encode(), hashlib.sha256)
    return ".".join([*parts, _encoded(signature)])


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).decode().rstrip("=")
