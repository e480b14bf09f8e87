"""Signatures, retries, and addresses that are never called."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup_client import verify_webhook
from services.gateway.adapters.webhook_sender import Caller
from services.gateway.application.webhooks import (
    LARGEST_BODY,
    PAUSES,
    Body,
    Refused,
    check_addresses,
    check_url,
    encode_body,
    is_public,
    new_secret,
    next_try,
    signature,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_the_specifications_example_is_signed_as_it_says() -> None:
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    made = signature([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.binary(max_size=200), st.integers(1, 2_000_000_000))
def test_what_we_sign_our_client_verifies_with_either_secret(body: bytes, at: int) -> None:
    new, old = new_secret(), new_secret()
    headers = {
        "webhook-id": "m",
        "webhook-timestamp": str(at),
        "webhook-signature": signature([new, old], "m", at, body),
    }
    assert verify_webhook(new, headers, body, now=at) == verify_webhook(old, headers, body, now=at) == "m"


def test_retries_grow_over_about_three_days_and_end() -> None:
    assert timedelta(days=2.5) < timedelta(seconds=sum(PAUSES)) < timedelta(days=3.5)
    for attempts, pause in enumerate(PAUSES, 1):
        again = next_try(attempts, NOW)
        assert again is not None
        assert pause * 0.8 <= (again - NOW).total_seconds() <= pause * 1.2
    assert next_try(len(PAUSES) + 1, NOW) is None


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",  # cloud metadata
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",  # NAT64 of 127.0.0.1
        "2002:7f00:1::",  # 6to4 of 127.0.0.1
        "2001:db8::1",
    ],
)
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(Refused):
        check_addresses(["93.184.215.14", address])


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"])
def test_addresses_that_are_public(address: str) -> None:
    assert is_public(address)
    assert check_addresses([address]) == address


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/x",
        "ftp://example.com",
        "https://user:pass@example.com",
        "https://",
        "https:///x",
        "https://example.com:99999/",
        "https://example.com/#x",
        "file:///etc/passwd",
        "gopher://example.com",
    ],
)
def test_urls_that_are_refused(url: str) -> None:
    with pytest.raises(Refused):
        check_url(url)


def test_urls_that_are_accepted() -> None:
    assert check_url("https://example.com/hook?a=1") == ("example.com", 443)
    assert check_url("https://example.com:8443/") == ("example.com", 8443)
    assert check_url("http://127.0.0.1:9/", private=True) == ("127.0.0.1", 9)


def test_a_large_event_is_left_out_and_linked_to() -> None:
    def body(size: int) -> Body:
        event = msgspec.Raw(msgspec.json.encode({"x": "y" * size}))
        return Body("t", NOW, "a", "c", 3, "closed", "s", "/v1/claims/c/timeline?after=2&limit=1", event)

    assert b'"event"' in encode_body(body(100))
    large = encode_body(body(LARGEST_BODY))
    assert b'"event"' not in large and len(large) < LARGEST_BODY and b"timeline?after=2" in large


async def test_a_name_that_moves_to_an_inner_address_is_never_called_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: the name is resolved once for a call, and the connection goes to the address that was checked."""
    answers = ["93.184.216.34", "127.0.0.1", "::ffff:10.0.0.1"]
    asked: list[str] = []
    called: list[httpx.Request] = []

    async def resolve(_: object, host: str, port: int, **__: object) -> list[tuple[object, ...]]:
        asked.append(host)
        return [(None, None, None, "", (answers[len(asked) - 1], port))]

    def receive(request: httpx.Request) -> httpx.Response:
        called.append(request)
        return httpx.Response(204)

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolve)
    caller = Caller(transport=httpx.MockTransport(receive))
    secrets = ["whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"]
    assert (await caller.call("https://hook.test/x", secrets, "m1", b"{}")).status == 204
    for message in ("m2", "m3"):  # the next calls resolve again, and are refused
        assert (await caller.call("https://hook.test/x", secrets, message, b"{}")).error.startswith("refused")
    await caller.close()
    assert len(asked) == 3 and [str(r.url) for r in called] == ["https://93.184.216.34/x"]
    assert (called[0].headers["host"], called[0].extensions["sni_hostname"]) == ("hook.test", "hook.test")
