"""Whose claim it is was said by the event that made it; no later record and no header says otherwise."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import msgspec
import pytest

from shared.events.base import CLAIMS_TOPIC, PAYER_INBOUND_TOPIC, Envelope, Event, contract_of
from shared.events.claims import ClaimReceived, ClaimRejected, ClaimReplaced
from shared.events.codec import ForeignEvent, Header, decode, encode_data, headers_for, new_event_id
from shared.events.payer import PayerOffer
from shared.runtime.batch_processor import Broken
from shared.runtime.event_inbox import EventInbox, foreign_topic
from shared.runtime.parking import Origin
from shared.runtime.repetition import ReceivedEvent, _name_and_content  # pyright: ignore[reportPrivateUsage]
from shared.runtime.trust import FOREIGN_TENANT, UNKNOWN_CLAIM, Reason, foreign, in_its_tenant
from shared.staff import Delegate, Staff, delegated_token
from shared.tenants import from_header, valid_tenant
from tests.unit.gateway.lives import fair, new_claim

CLAIM = new_claim()
LIFE = fair(CLAIM)
NOW = datetime(2026, 1, 5, tzinfo=UTC)


def made(tenant: str) -> ClaimReceived:
    (received,) = (event for event in LIFE if isinstance(event, ClaimReceived))
    return msgspec.structs.replace(received, claim=msgspec.structs.replace(received.claim, tenant=tenant))


def envelope(event: Event, tenant: str) -> Envelope:
    contract = contract_of(event)
    return Envelope(id="e", type=contract.type, source=contract.source, time=NOW, data=event, tenant=tenant)


LATER = LIFE[-1]
REPLACED = ClaimReplaced(claim_id=CLAIM, claim=made("b").claim)
REJECTED = ClaimRejected(
    claim_id=CLAIM, tenant="a", patient_control_number="P", total_charge=made("a").claim.total_charge, problems=()
)


OFFER = PayerOffer(claim_id=CLAIM, offer_id="O1", amount=made("a").claim.total_charge, offered_on=NOW.date())


@pytest.mark.parametrize(
    ("event", "header", "own", "why"),
    [
        (made("a"), "a", None, None),
        (made("a"), "", None, None),
        (made("a"), "b", None, FOREIGN_TENANT),
        (REJECTED, "a", None, None),
        (REJECTED, "b", None, FOREIGN_TENANT),
        (LATER, "a", "a", None),
        (LATER, "", "a", None),
        (LATER, "b", "a", FOREIGN_TENANT),
        (REPLACED, "a", "a", FOREIGN_TENANT),
        (made("b"), "b", "a", FOREIGN_TENANT),
        (LATER, "a", None, UNKNOWN_CLAIM),
        (LATER, "", None, UNKNOWN_CLAIM),
        (OFFER, "", None, None),  # a payer's topic may be ahead of the claims' log
        (OFFER, "b", None, None),
        (OFFER, "b", "", None),
        (OFFER, "b", "a", FOREIGN_TENANT),
        (made("a"), "a", "", None),
        (made("a"), "b", "", FOREIGN_TENANT),
        (LATER, "a", "", UNKNOWN_CLAIM),
    ],
)
def test_a_record_of_another_tenant_is_foreign(event: Event, header: str, own: str | None, why: Reason | None) -> None:
    assert foreign(envelope(event, header), own) == why


def test_a_record_without_a_tenant_gets_its_claims() -> None:
    assert in_its_tenant(envelope(LATER, ""), "a").tenant == "a"
    assert in_its_tenant(envelope(made("a"), ""), None).tenant == "a"
    assert in_its_tenant(envelope(made("a"), ""), "").tenant == "a"


def test_what_is_ahead_of_its_claim_is_nobodys_whatever_its_header_says() -> None:
    assert in_its_tenant(envelope(OFFER, "b"), None).tenant == ""
    assert in_its_tenant(envelope(OFFER, "b"), "").tenant == ""


@pytest.mark.parametrize(
    "source", [b"/nobody/at-all", b"/recoup/intake", b"settlement", b"/elsewhere/settlement", None]
)
def test_an_event_in_the_name_of_another_source_is_foreign(source: bytes | None) -> None:
    headers = [h for h in headers_for(LATER, event_id=new_event_id(), time=NOW) if h[0] != "ce_source"]
    assert contract_of(LATER).source == "settlement"
    with pytest.raises(ForeignEvent, match="ce_source"):
        decode([*headers, *([("ce_source", source)] if source is not None else [])], encode_data(LATER))
    assert decode([*headers, ("ce_source", b"/recoup/settlement")], encode_data(LATER)).source == "settlement"


def test_a_payer_names_itself_and_speaks_on_its_own_topic_only() -> None:
    offer = OFFER
    headers = [h for h in headers_for(offer, event_id="17", time=NOW) if h[0] != "ce_source"]
    assert decode([*headers, ("ce_source", b"urn:payer:60054")], encode_data(offer)).data == offer
    foreign_topic(contract_of(offer).type, PAYER_INBOUND_TOPIC)
    for event, topic in ((offer, CLAIMS_TOPIC), (LATER, PAYER_INBOUND_TOPIC)):
        with pytest.raises(ForeignEvent):
            foreign_topic(contract_of(event).type, topic)


FORGED = (("ce_type", contract_of(LATER).type.encode()), ("ce_id", b"1"))


@pytest.mark.parametrize(
    ("headers", "value", "reason", "waits"),
    [
        # the source is looked at before the payload: a forger's nonsense holds up nobody's claim
        ((*FORGED, ("ce_source", b"/evil")), b"{}", "foreign_source", False),
        (FORGED, b"\xff", "foreign_source", False),
        ((*FORGED, ("ce_source", b"/recoup/none")), None, "foreign_source", False),
        ((("ce_id", b"1"),), b"{}", "undecodable", False),  # no type and no source: its key is anybody's
        ((("ce_source", b"/evil"),), b"{}", "undecodable", False),
        # what a service of ours sent damaged is the claim's history: it waits
        ((*FORGED, ("ce_source", f"/recoup/{contract_of(LATER).source}".encode())), b"{}", "undecodable", True),
    ],
)
def test_a_claim_waits_for_no_record_that_our_services_did_not_send(
    headers: tuple[Header, ...], value: bytes | None, reason: str, waits: bool
) -> None:
    inbox = EventInbox(SimpleNamespace(service="gateway", subscribes_to=frozenset({contract_of(LATER).type})), ())  # type: ignore[arg-type]
    item = inbox.read(Origin(CLAIMS_TOPIC, 0, 1, CLAIM.encode(), headers, value))  # type: ignore[arg-type]
    assert isinstance(item, Broken)
    assert (item.dead_letter.reason, item.dead_letter.blocks) == (reason, waits)


def test_payers_that_number_alike_send_two_messages() -> None:
    inbox = EventInbox(SimpleNamespace(service="settlement", subscribes_to=frozenset({contract_of(OFFER).type})), ())  # type: ignore[arg-type]
    names: set[str] = set()
    for source in (b"urn:plan-a/offers", b"urn:plan-b/offers", b"/offers", b"offers"):
        headers = (("ce_type", contract_of(OFFER).type.encode()), ("ce_id", b"1"), ("ce_source", source))
        heard = inbox.read(Origin(PAYER_INBOUND_TOPIC, 0, 1, None, headers, encode_data(OFFER)))
        assert isinstance(heard, ReceivedEvent)
        names.add(_name_and_content(heard)[0])
    assert len(names) == 4


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("clinic", True), ("Clinic of São Paulo", True), ("a" * 100, True), ("a" * 101, False), ("", False),
        (" ", False), ("demo ", False), (" demo", False), ("a,b", False), ("*", False), ("a\n", False), ("a\0", False),
    ],
)  # fmt: skip
def test_a_tenants_name_stands_in_a_header_as_it_is(name: str, valid: bool) -> None:
    assert valid_tenant(name) is valid
    assert not valid or from_header(name.encode().decode("latin-1")) == name


def test_a_caller_may_write_latin_1_too() -> None:
    assert from_header("São Paulo".encode("latin-1").decode("latin-1")) == "São Paulo"
    assert from_header("Łódź") == "Łódź"  # no server reads it so; what is no text of a header stays as it is


def test_staff_are_asked_for_a_tenant_in_the_letters_of_its_name() -> None:
    staff = Staff("ada:a-token-of-sixteen,gateway:desk:a-secret-of-the-desk", "", setting="S", service="appeals")
    sent = "Clínica São João".encode().decode("latin-1")
    assert staff.tenant("Bearer a-token-of-sixteen", sent) == "Clínica São João"
    person = Delegate("bo", "negotiator", "Clínica São João")
    token = delegated_token("a-secret-of-the-desk", person, service="appeals")
    assert staff.tenant(f"Bearer {token}", sent) == "Clínica São João"
