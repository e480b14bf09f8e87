"""The client against a scripted server: pages, retries, problems, streams, and webhook signatures."""

from __future__ import annotations

import itertools
import json
from decimal import Decimal

import httpx
import pytest

from recoup_client import (
    ApiError,
    AsyncClient,
    Client,
    Unreachable,
    WebhookRefused,
    sign_webhook,
    verify_webhook,
)
from recoup_client.policy import Retries

QUICK = Retries(attempts=3, first_pause=0.001)


def claim(number: int) -> dict[str, object]:
    return {
        "claim_id": f"c{number}",
        "tenant": "t",
        "state": "closed",
        "final": True,
        "amounts": {"billed": "10.10", "paid": "0.30", "recovered": "0.20"},
        "payer": {"id": "P", "name": "N"},
        "provider": {"billing_npi": "1"},
        "a_member_of_the_future": 1,
    }


def pages(request: httpx.Request) -> httpx.Response:
    assert request.headers["authorization"] == "Bearer key"
    body = json.loads(request.content)
    assert body["payer_id"] == "P" and "state" not in body
    start = int(body.get("cursor", 0))
    following = str(start + 2) if start < 4 else None
    return httpx.Response(200, json={"items": [claim(start), claim(start + 1)], "next": following})


def test_claims_runs_over_all_pages() -> None:
    with Client("http://g", "key", transport=httpx.MockTransport(pages)) as client:
        found = list(client.claims(payer_id="P", state=[]))
    assert [c.claim_id for c in found] == [f"c{n}" for n in range(6)]
    assert found[0].amounts.paid + found[0].amounts.recovered == Decimal("0.50")


async def test_the_async_client_does_the_same() -> None:
    async with AsyncClient("http://g", "key", transport=httpx.MockTransport(pages)) as client:
        assert [c.claim_id async for c in client.claims(payer_id="P")] == [f"c{n}" for n in range(6)]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_passing_faults_are_tried_again(status: int) -> None:
    answers = iter([httpx.Response(status), httpx.Response(200, json={"broker": True, "behind": 0})])
    with Client("http://g", transport=httpx.MockTransport(lambda _: next(answers)), retries=QUICK) as client:
        assert client.lag().behind == 0


def test_a_problem_is_raised_with_its_mend_and_not_tried_again() -> None:
    tries = itertools.count(1)
    problem = {
        "type": "urn:recoup:problem:claim-not-found",
        "status": 404,
        "detail": "None.",
        "how_to_fix": "Check the id.",
    }

    def answer(_: httpx.Request) -> httpx.Response:
        assert next(tries) == 1
        return httpx.Response(404, json=problem)

    with Client("http://g", transport=httpx.MockTransport(answer), retries=QUICK) as client:
        with pytest.raises(ApiError) as caught:
            client.claim("x/../y")
        assert (caught.value.status, caught.value.kind, caught.value.how_to_fix) == (
            404,
            "claim-not-found",
            "Check the id.",
        )


def test_the_path_of_a_claim_cannot_be_escaped() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.raw_path.decode())
        return httpx.Response(404)

    with Client("http://g", transport=httpx.MockTransport(answer)) as client, pytest.raises(ApiError):
        client.claim("../portfolio")
    assert seen == ["/v1/claims/..%2Fportfolio"]


def test_no_server_is_said_plainly() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    client = Client("http://g", transport=httpx.MockTransport(answer), retries=QUICK)
    with client, pytest.raises(Unreachable, match="http://g does not answer"):
        client.portfolio()


def test_a_server_that_stays_down_is_an_api_error() -> None:
    with Client("http://g", transport=httpx.MockTransport(lambda _: httpx.Response(503)), retries=QUICK) as client:
        with pytest.raises(ApiError) as caught:
            client.lag()
        assert caught.value.status == 503


def _event(number: int) -> str:
    data = {
        "id": str(number),
        "claim_id": "c",
        "position": number,
        "type": "t",
        "state_after": "closed",
        "sentence": "s",
        "occurred_at": "2026-03-01T00:00:00Z",
    }
    return f": beat\n\nid: {number}\nevent: claim\ndata: {json.dumps(data)}\n\n"


def test_a_broken_stream_is_resumed_after_the_last_event() -> None:
    asked: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("last-event-id"))
        first = 1 if len(asked) == 1 else int(asked[-1] or 0) + 1
        return httpx.Response(200, text=_event(first) + _event(first + 1))

    with Client("http://g", transport=httpx.MockTransport(answer), retries=QUICK) as client:
        events = list(itertools.islice(client.events("c"), 5))
    assert [e.position for e in events] == [1, 2, 3, 4, 5]
    assert asked == [None, "2", "4"]


# The example of the Standard Webhooks specification.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'
HEADERS = {
    "Webhook-Id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "Webhook-Timestamp": "1614265330",
    "Webhook-Signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}


def test_the_specifications_example_verifies() -> None:
    assert verify_webhook(SECRET, HEADERS, BODY, now=1614265330) == "msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_either_secret_fits_while_one_is_rotated() -> None:
    new = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"
    both = sign_webhook(new, "m", 100, BODY) + " " + sign_webhook(SECRET, "m", 100, BODY)
    headers = {"webhook-id": "m", "webhook-timestamp": "100", "webhook-signature": both}
    assert verify_webhook(new, headers, BODY, now=100) == verify_webhook(SECRET, headers, BODY, now=100) == "m"
    assert verify_webhook([SECRET, new], headers, BODY, now=100) == "m"


@pytest.mark.parametrize(
    ("change", "now"),
    [
        ({}, 1614265330 + 301),
        ({}, 1614265330 - 301),
        ({"Webhook-Id": "msg_other"}, 1614265330),
        ({"Webhook-Timestamp": "1614265331"}, 1614265330),
        ({"Webhook-Timestamp": "soon"}, 1614265330),
        ({"Webhook-Signature": "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}, 1614265330),
        ({"Webhook-Signature": ""}, 1614265330),
    ],
)
def test_what_is_not_ours_is_refused(change: dict[str, str], now: float) -> None:
    with pytest.raises(WebhookRefused):
        verify_webhook(SECRET, HEADERS | change, BODY, now=now)


def test_an_altered_body_is_refused() -> None:
    with pytest.raises(WebhookRefused):
        verify_webhook(SECRET, HEADERS, BODY + b" ", now=1614265330)
