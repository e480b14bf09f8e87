"""Rules of webhooks, after the Standard Webhooks specification: signatures, retries, and where we refuse to call."""

from __future__ import annotations

import hmac
import ipaddress
import random
import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

import msgspec

PREFIX = "whsec_"
LARGEST_BODY = 20_000
"""Bytes; the specification asks for less than 20 kB. A larger event is left out, with a link to the timeline."""

PAUSES = (5, 30, 120, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 86_400)
"""Seconds before each further try of a delivery: about three days in all."""

DEAD_AFTER = timedelta(days=5)
"""An endpoint that has answered nothing well for so long is disabled; its deliveries wait for its owner."""

OLD_SECRET_HOLDS = timedelta(hours=24)


class Refused(Exception):
    """An address that we do not call; the message says why."""


class Body(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is delivered. `event` is the event without account numbers, left out where it is too large."""

    type: str
    timestamp: datetime
    tenant: str
    claim_id: str
    position: int
    state: str
    sentence: str
    timeline: str
    event: msgspec.Raw | None = None


def new_secret() -> str:
    """A signing secret of 256 bits."""
    return PREFIX + b64encode(secrets.token_bytes(32)).decode()


def signature(secret_keys: Sequence[str], message_id: str, timestamp: int, body: bytes) -> str:
    """Return the `webhook-signature` header: one signature for each secret that holds, the newest first.

    Args:
        secret_keys: The secrets that hold, with their prefix and in base64.
        message_id: The `webhook-id` header.
        timestamp: The `webhook-timestamp` header, in seconds of Unix time.
        body: The body, as it is sent.

    Returns:
        The signatures, each with its version `v1`, with a space between them.
    """
    content = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(
        "v1," + b64encode(hmac.new(b64decode(key.removeprefix(PREFIX)), content, sha256).digest()).decode()
        for key in secret_keys
    )


def next_try(attempts: int, now: datetime) -> datetime | None:
    """When to try again after `attempts` failures, with a jitter of a fifth; None where it was the last."""
    if attempts > len(PAUSES):
        return None
    pause = PAUSES[attempts - 1]
    return now + timedelta(seconds=pause * random.uniform(0.8, 1.2))


def encode_body(body: Body) -> bytes:
    """The delivery's bytes, below the largest size."""
    encoded = msgspec.json.encode(body)
    if len(encoded) >= LARGEST_BODY:
        encoded = msgspec.json.encode(msgspec.structs.replace(body, event=None))
    return encoded


def check_url(url: str, *, private: bool = False) -> tuple[str, int]:
    """The host and port of an endpoint's address; `Refused` where it may not be one.

    `private` allows plain http and private addresses, for local development.
    """
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        raise Refused("the port is none") from None
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise Refused("only https addresses are called")
    if not parts.hostname:
        raise Refused("the address names no host")
    if parts.username or parts.password:
        raise Refused("the address holds credentials; the signature is the credential")
    if parts.fragment:
        raise Refused("the address holds a fragment")
    return parts.hostname, port or (443 if parts.scheme == "https" else 80)


def check_addresses(addresses: Sequence[str], *, private: bool = False) -> str:
    """The address to connect to, out of those a host resolves to; `Refused` where any of them is not public.

    One private address among public ones is refused too: whoever owns the name could move us there.
    """
    if not addresses:
        raise Refused("the host does not resolve")
    for text in addresses:
        if not private and not is_public(text):
            raise Refused("the host resolves to an address that is not public")
    return addresses[0]


def is_public(text: str) -> bool:
    """Return True if an IP address is one of the public internet, also when it wraps an IPv4 address."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if address in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
        if inner is None and int(address) >> 32 == 0:
            return False  # IPv4-compatible, deprecated
        if inner and not is_public(str(inner)):
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
