"""The largest payment that an 835 holds travels; one that cannot is held with its reason, alone."""

from __future__ import annotations

from typing import Any

import pytest

from shared.events.claims import RemittanceReceived
from shared.events.codec import encode_data
from shared.settings import MAX_MESSAGE_BYTES
from tests.integration.intake.conftest import Service
from tests.integration.intake.files import claims_of_one_patient, payment

BROKERS_DEFAULT = 1_048_588
_LAST = b"CAS*PR*2*10.5~\n"
_PAIRS = "**".join(f"{reason}*{amount}" for reason in ("45", "94", "97") for amount in ("1", "-1"))


def largest(number: str, trace: str) -> bytes:
    """A payment of 999 lines with 30 adjustments each, the most of both; 997 have no charge and change nothing."""
    line = "SVC*HC:A4649*0*0**1~\nDTM*472*20250510~\n" + "".join(
        f"CAS*{group}*{_PAIRS}~\n" for group in ("CO", "PR", "OA", "PI", "OA")
    )
    text = payment(number, trace=trace)
    head, _, tail = text.partition(_LAST)
    body = head + _LAST + line.encode() * 997 + tail
    start = body.index(b"ST*835*0001")
    end = body.index(b"SE*")
    count = body.count(b"~", start, end) + 1
    rest = body[body.index(b"*0001", end) :]
    return body[:end] + f"SE*{count}".encode() + rest


async def test_the_largest_payment_travels(service: Service) -> None:
    await service.send(claims_of_one_patient("PCN1"))
    answer = (await service.send(largest("PCN1", "BIG1"))).json()
    assert answer["remittances"] == {"matched": 1}, answer
    (event,) = [one for one in await service.events() if isinstance(one, RemittanceReceived)]
    assert len(event.remittance.lines) == 999
    assert sum(len(line.adjustments) for line in event.remittance.lines) == 997 * 30 + 3
    assert BROKERS_DEFAULT < len(encode_data(event)) < MAX_MESSAGE_BYTES / 2


@pytest.mark.parametrize("service", [{"max_message_bytes": 500_000}], indirect=True)
@pytest.mark.parametrize("claim_first", [True, False])
async def test_a_payment_that_cannot_travel_is_held_for_a_person_with_its_reason_and_its_neighbours_are_not(
    service: Service, claim_first: bool
) -> None:
    if claim_first:
        await service.send(claims_of_one_patient("PCN1", "PCN2"))
    answer: dict[str, Any] = (await service.send(largest("PCN1", "BIG1"))).json()
    other = (await service.send(payment("PCN2", trace="EFT2"))).json()
    if not claim_first:
        await service.send(claims_of_one_patient("PCN1", "PCN2"))
    assert answer["remittances"] == {"held": 1}, answer
    assert other["remittances"] == {"matched" if claim_first else "waiting": 1}, other
    assert "is too large" in str(answer)
    (event,) = [one for one in await service.events() if isinstance(one, RemittanceReceived)]
    assert event.remittance.trace_number == "EFT2"
