"""Signatures of records: what they cover, whose they must be, and how keys are exchanged."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.adapters.kafka.dead_letters import DeadLetterInbox
from shared.events.base import CLAIMS_TOPIC, DEAD_LETTER_TOPIC, PAYER_INBOUND_TOPIC, DeadLetter, Event
from shared.events.codec import Header, encode_data, headers_for
from shared.events.payer import PayerOfferWithdrawn
from shared.events.settlement import ClaimReopened
from shared.runtime.event_inbox import envelope_of
from shared.runtime.parking import Origin
from shared.signing import HEADER, Signer, Trust, UnsignedEvent, new_key

CLAIM = "7b0fd7f5-41d6-5d3c-9d7c-3f7f6d1f0a11"
EVENT_ID = "0193b3c0-0000-7000-8000-000000000001"
AT = datetime(2026, 11, 29, 12, tzinfo=UTC)
SETTLEMENT, APPEALS = Signer(new_key("a")), Signer(new_key("b"))
TRUST = Trust(f"settlement:{SETTLEMENT.public}, appeals:{APPEALS.public}")
EVENT = ClaimReopened(claim_id=CLAIM, reason="a mistake")


def record(event: Event, signer: Signer | None, topic: str = CLAIMS_TOPIC) -> Origin:
    headers = headers_for(event, event_id=EVENT_ID, time=AT, sequence=3, tenant="clinic")
    key, payload = CLAIM.encode(), encode_data(event)
    if signer is not None:
        headers.append(signer.sign(headers, key, payload))
    return Origin(topic, 0, 7, key, tuple(headers), payload)


def changed(origin: Origin, **parts: Any) -> Origin:
    whole = {name: getattr(origin, name) for name in ("topic", "partition", "offset", "key", "headers", "value")}
    return Origin(**whole | parts)


def test_what_its_service_signed_is_taken() -> None:
    assert envelope_of(record(EVENT, SETTLEMENT), TRUST).data == EVENT


def test_where_nobody_is_trusted_nothing_need_be_signed() -> None:
    assert envelope_of(record(EVENT, None), Trust()).data == EVENT


@pytest.mark.parametrize(
    ("signer", "told"),
    [
        (None, "it is not signed"),
        (APPEALS, "signed with a key that is not known here as settlement's"),  # another service of ours
        (Signer(new_key("c")), "signed with a key that is not known here"),
        (Signer(new_key("a")), "its signature does not fit it"),  # a stranger under a known key's name
    ],
    ids=["unsigned", "another service", "unknown key", "a stranger"],
)
def test_what_its_service_did_not_sign_is_refused(signer: Signer | None, told: str) -> None:
    with pytest.raises(UnsignedEvent, match=told):
        envelope_of(record(EVENT, signer), TRUST)


BELIEVED = ["ce_source", "ce_id", "ce_time", "ce_sequence", "ce_tenant", "ce_type"]


@pytest.mark.parametrize("name", BELIEVED)
def test_nothing_that_is_believed_can_be_changed(name: str) -> None:
    origin = record(EVENT, SETTLEMENT)
    values = {"ce_type": b"recoup.claim.closed.v1", "ce_time": b"2026-11-28T12:00:00+00:00", "ce_sequence": b"4"}
    headers = tuple((one, values.get(one, b"other") if one == name else value) for one, value in origin.headers)
    assert headers != origin.headers
    with pytest.raises(UnsignedEvent):
        TRUST.check(headers, origin.key, origin.value, (CLAIMS_TOPIC, 0, 7))
    without = tuple(header for header in origin.headers if header[0] != name)
    if name != "ce_type":  # without a type it is no event, and is set aside as that
        with pytest.raises(UnsignedEvent):
            TRUST.check(without, origin.key, origin.value, (CLAIMS_TOPIC, 0, 7))
    added = (*origin.headers, ("ce_causationid", b"x"))
    with pytest.raises(UnsignedEvent):
        TRUST.check(added, origin.key, origin.value, (CLAIMS_TOPIC, 0, 7))


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_byte_of_payload_or_key_can_be_changed(at: int, by: int) -> None:
    origin = record(EVENT, SETTLEMENT)
    whole = bytearray(origin.value + (origin.key or b""))
    whole[at % len(whole)] ^= by
    value, key = bytes(whole[: len(origin.value)]), bytes(whole[len(origin.value) :])
    with pytest.raises(UnsignedEvent):
        TRUST.check(origin.headers, key, value, (CLAIMS_TOPIC, 0, 7))


@given(st.lists(st.binary(max_size=4), min_size=2, max_size=2).filter(lambda two: two[0] != two[1]))
def test_two_ways_to_part_the_same_bytes_have_two_signatures(two: list[bytes]) -> None:
    first: list[Header] = [("ce_type", two[0]), ("ce_source", two[1])]
    second: list[Header] = [("ce_type", two[0] + two[1]), ("ce_source", b"")]
    if two[1]:
        assert SETTLEMENT.sign(first, None, b"") != SETTLEMENT.sign(second, None, b"")


def test_keys_are_exchanged_without_a_moment_in_which_nothing_fits() -> None:
    new = Signer(new_key("2027"))
    both = Trust(f"settlement:{SETTLEMENT.public},settlement:{new.public}")
    for signer in (SETTLEMENT, new):
        assert envelope_of(record(EVENT, signer), both)
    after = Trust(f"settlement:{new.public}")
    with pytest.raises(UnsignedEvent):
        envelope_of(record(EVENT, SETTLEMENT), after)


def test_a_log_from_before_signatures_is_read_up_to_where_they_began() -> None:
    origin = record(EVENT, None)
    since = Trust(f"settlement:{SETTLEMENT.public}", f"{CLAIMS_TOPIC}/0/8")
    assert envelope_of(origin, since)
    for place in ({"offset": 8}, {"partition": 1}, {"topic": DEAD_LETTER_TOPIC}):
        with pytest.raises(UnsignedEvent):
            envelope_of(changed(origin, **place), since)


def test_what_others_emit_is_not_signed() -> None:
    said = PayerOfferWithdrawn(claim_id=CLAIM, offer_id="o-1", withdrawn_on=AT.date())
    headers = [(n, b"/payer/x" if n == "ce_source" else v) for n, v in record(said, None).headers]
    assert envelope_of(changed(record(said, None, PAYER_INBOUND_TOPIC), headers=tuple(headers)), TRUST).data == said


def test_an_announcement_of_any_service_is_taken_and_of_nobody_else() -> None:
    letter = DeadLetter(
        claim_id=CLAIM,
        service="appeals",
        reason="r",
        detail="d",
        event_id="e",
        event_type="t",
        topic=CLAIMS_TOPIC,
        partition=0,
        offset=1,
    )
    inbox = DeadLetterInbox(TRUST)
    assert inbox.read(record(letter, APPEALS, DEAD_LETTER_TOPIC)).envelope is not None
    assert inbox.read(record(letter, SETTLEMENT, DEAD_LETTER_TOPIC)).envelope is not None
    assert inbox.read(record(letter, None, DEAD_LETTER_TOPIC)).envelope is None
    assert inbox.read(record(letter, Signer(new_key("z")), DEAD_LETTER_TOPIC)).envelope is None


SHORT = b64encode(b"x" * 31).decode()


@pytest.mark.parametrize("text", ["", "a", "a:", "a:!!", f"a:{SHORT}", f":{b64encode(b'x' * 32).decode()}"])
def test_a_key_of_another_form_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match="signing key") as caught:
        Signer(text)
    assert SHORT not in str(caught.value)


@pytest.mark.parametrize(
    ("trusted", "since"), [("settlement", ""), ("a:b", ""), (f"a:b:{SHORT}", ""), ("", "t/0"), ("", "t/0/x"), ("", "x")]
)
def test_what_says_whom_to_trust_has_a_form(trusted: str, since: str) -> None:
    with pytest.raises(ValueError):
        Trust(trusted, since)


def test_a_signature_that_is_no_base64_is_refused() -> None:
    origin = record(EVENT, SETTLEMENT)
    for value in (b"", b"a", b"a:", b"a:\xff\xfe", b"a:AAAA"):
        headers = tuple((n, value if n == HEADER else v) for n, v in origin.headers)
        with pytest.raises(UnsignedEvent):
            TRUST.check(headers, origin.key, origin.value, (CLAIMS_TOPIC, 0, 7))
