"""Signatures of webhooks after Standard Webhooks 1.0 (https://www.standardwebhooks.com)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

PREFIX = "whsec_"


class SecretFormat(ValueError):
    """The secret is not in base64."""


def signature(secret: str, key: str, at: int, body: bytes) -> str:
    """``v1,`` and the HMAC-SHA256 (base64) of ``key.at.body``; ``at`` in seconds since 1970.

    Raises:
        SecretFormat: ``secret`` is not base64 (with or without ``whsec_`` before it).

    >>> signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek",
    ...           1614265330, b'{"test": 2432232314}')
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    try:
        own = base64.b64decode(secret.strip().removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise SecretFormat from None
    if not own:
        raise SecretFormat
    signed = hmac.digest(own, f"{key}.{at}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(signed).decode("ascii")
