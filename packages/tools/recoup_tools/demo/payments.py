"""Gathering adjudicated claims into payments: one 835 transaction for each payer and payee."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import msgspec

from recoup_tools.demo.adjudication import Adjudication
from recoup_tools.demo.catalog import Payer, Practice
from recoup_tools.demo.dice import Dice
from recoup_tools.demo.remit835 import ClaimPayment, Party, Payment, ProviderAdjustment
from recoup_tools.demo.scenario import PlannedClaim

UNKNOWN = "UNKNOWN"  # control numbers that no claim of a run bears start so

_WORTH_RECOUPING = Decimal(400)


class Settlement(msgspec.Struct, frozen=True):
    """A claim with the payer's answer to it."""

    claim: PlannedClaim
    answer: Adjudication


def payments(seed: int, batch: str, settled: list[Settlement], paid_on: date, *, unmatched: bool) -> Iterator[Payment]:
    """The payments of one 835 file: all first payments, then a second round of reversals with their corrections.

    With `unmatched`, the first payment also carries a claim that nobody here submitted.
    """
    groups: dict[tuple[str, str], list[Settlement]] = {}
    for one in settled:
        groups.setdefault((one.claim.payer.id, one.claim.practice.place.npi), []).append(one)
    ordered = [groups[key] for key in sorted(groups)]
    for number, group in enumerate(ordered):
        claims = [one.answer.first for one in group]
        if unmatched and number == 0:
            claims.append(_stranger(batch, claims[0]))
        trace = f"{group[0].claim.payer.id}{batch}{number:04d}"
        dice = Dice("payment", seed, trace)
        yield _payment(group[0].claim, paid_on, trace, tuple(claims), _provider_adjustments(dice, trace, claims))
    for number, group in enumerate(ordered):
        pairs = [part for one in group if one.answer.correction for part in one.answer.correction]
        if pairs:
            trace = f"{group[0].claim.payer.id}{batch}{number:04d}C"
            yield _payment(group[0].claim, paid_on, trace, tuple(pairs), ())


def _provider_adjustments(dice: Dice, trace: str, claims: list[ClaimPayment]) -> tuple[ProviderAdjustment, ...]:
    """Interest owed (L6, raises the payment) and now and then an older overpayment taken back (WO, lowers it)."""
    found = [ProviderAdjustment("L6", c.payer_claim_number, -c.interest) for c in claims if c.interest]
    if sum((c.paid for c in claims), Decimal(0)) > _WORTH_RECOUPING and dice.chance(50):
        found.append(ProviderAdjustment("WO", f"OLD{trace}", Decimal(dice.between(2000, 15000)) / 100))
    return tuple(found)


def _payment(
    claim: PlannedClaim,
    paid_on: date,
    trace: str,
    claims: tuple[ClaimPayment, ...],
    adjustments: tuple[ProviderAdjustment, ...],
) -> Payment:
    return Payment(
        payer=payer_party(claim.payer),
        payee=payee_party(claim.practice),
        paid_on=paid_on,
        trace_number=trace,
        claims=claims,
        provider_adjustments=adjustments,
    )


def _stranger(batch: str, like: ClaimPayment) -> ClaimPayment:
    """A payment for a claim that was never submitted here: other numbers, person and charge."""
    line = msgspec.structs.replace(
        like.lines[0], charge=Decimal("987.65"), adjustments=(), control_number="", allowed=None, qpa=None, remarks=()
    )
    return msgspec.structs.replace(
        like,
        control_number=f"{UNKNOWN}{batch}",
        payer_claim_number=f"X{batch}",
        status="1",
        charge=line.charge,
        lines=(line,),
        remarks=(),
        patient_last="STRANGER",
        patient_first="DEMO",
        member=f"XXX{batch}",
        interest=Decimal(0),
        contract_class="",
        rendering_npi="",
    )


def payer_party(payer: Payer) -> Party:
    """The payer as N1*PR."""
    return Party(
        name=payer.name,
        id=payer.id,
        tin=payer.tin,
        street=payer.street,
        city=payer.city,
        state=payer.state,
        zip=payer.zip,
    )


def payee_party(practice: Practice) -> Party:
    """The billing provider as N1*PE."""
    place = practice.place
    return Party(
        name=place.name,
        id=place.npi,
        tin=practice.tin,
        street=place.street,
        city=place.city,
        state=place.state,
        zip=place.zip,
    )
