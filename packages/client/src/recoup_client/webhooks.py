"""Signatures of webhook deliveries by the Standard Webhooks specification: HMAC-SHA256 over id, timestamp and body."""

from __future__ import annotations

import hmac
import time
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256

TOLERANCE_SECONDS = 300
_PREFIX = "whsec_"


class WebhookRefused(Exception):
    """The delivery is not from the holder of the secret, was altered, or is too old or too new."""


def sign_webhook(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Sign a webhook's delivery.

    Args:
        secret: The secret: `whsec_` and base64.
        message_id: The `webhook-id` header.
        timestamp: The `webhook-timestamp` header, in seconds of Unix time.
        body: The exact bytes of the body.

    Returns:
        The value of `webhook-signature`.

    Raises:
        ValueError: The secret is not whole base64.
    """
    key = b64decode(secret.removeprefix(_PREFIX))
    content = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + b64encode(hmac.new(key, content, sha256).digest()).decode()


def verify_webhook(
    secret: str | list[str], headers: Mapping[str, str], body: bytes, *, now: float | None = None
) -> str:
    """Check a webhook's delivery.

    Args:
        secret: The secret, or several while one is being rotated.
        headers: The request's headers.
        body: The exact bytes of the request's body.
        now: Seconds of Unix time; None for the clock's.

    Returns:
        Its message id, by which repetitions are recognized.

    Raises:
        WebhookRefused: A header is missing or wrong, no signature fits, or it is more than 300 seconds away.
        ValueError: A secret is not whole base64.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    message_id, stamp, signatures = (lower.get(f"webhook-{part}", "") for part in ("id", "timestamp", "signature"))
    if not (message_id and stamp and signatures):
        raise WebhookRefused("a webhook- header is missing")
    try:
        timestamp = int(stamp)
    except ValueError:
        raise WebhookRefused("webhook-timestamp is not a number") from None
    if abs((time.time() if now is None else now) - timestamp) > TOLERANCE_SECONDS:
        raise WebhookRefused("webhook-timestamp is too far from the clock")
    given = [signature.encode() for signature in signatures.split(" ") if signature.startswith("v1,")]
    for one in [secret] if isinstance(secret, str) else secret:
        expected = sign_webhook(one, message_id, timestamp, body).encode()
        if any(hmac.compare_digest(expected, signature) for signature in given):
            return message_id
    raise WebhookRefused("no signature fits")
