"""The access key of a local AWS: made at random when its process begins, and gone with it.

Whoever names it may do everything there, run programs as this user among others. So it is in no default, no log and no
command line; the state file hands it on (`state`), and the environment of the jobs that the server itself starts.
"""

import base64
import secrets
from dataclasses import dataclass, field
from functools import cache

# 16 characters of base32 hold 80 random bits; AWS's access key ids have the same length and characters.
_PREFIX = "LKIA"
_RANDOM_BYTES = 10


@dataclass(frozen=True)
class AccessKey:
    """What AWS's SDKs call the access key id and the secret access key."""

    id: str = field(repr=False)
    secret: str = field(repr=False)


@cache
def own() -> AccessKey:
    """The key of the local AWS that this process is."""
    return AccessKey(
        _PREFIX + base64.b32encode(secrets.token_bytes(_RANDOM_BYTES)).decode(),
        secrets.token_urlsafe(30),
    )
