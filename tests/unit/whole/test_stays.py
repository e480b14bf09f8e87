"""An inpatient stay from its 837I and 835 to the verdict: the MS-DRG travels, and prices it where IPPS is loaded.

MS-DRG 470 at wage index 1.29 is 16,200.14 (tests/unit/benchmark/test_stays.py); twice that is the target, 32,400.28.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from importlib import resources

import pytest
from msgspec.structs import replace

from recoup_x12 import ClaimRead, RemittanceRead, read
from services.benchmark.adapters.shipped import reference_of
from services.benchmark.domain.assessment import Assessor
from services.intake.domain.facts import claim_facts, remittance_facts
from shared.events.claims import ClaimFacts, RemittanceFacts
from tests.unit.benchmark.test_stays import HOSPITALS, ipps
from tests.unit.benchmark.world import policy

D = Decimal
_DAY = date(2025, 12, 1)


def _edi(name: str, *changes: tuple[str, str]) -> bytes:
    text = resources.files("recoup_x12.sets").joinpath(name).read_bytes().decode()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text.encode()


def _claim() -> ClaimFacts:
    """The sample's outpatient claim as one of a stay, grouped to 470 by the provider."""
    sent = _edi(
        "claim837/samples/institutional.edi",
        ("CLM*PCN3*1945***13:A:1", "CLM*PCN3*45045***11:A:1"),
        ("DTP*434*RD8*20250510-20250510", "DTP*434*RD8*20251103-20251106~\nDTP*096*TM*1100~\nDTP*435*DT*202511030900"),
        ("HI*APR:R079~", "HI*ABJ:R079~\nHI*DR:470~"),
        ("SV2*0450*HC:99284:25*1900*UN*1", "SV2*0120**45000*DA*3"),
        ("20250510", "20251103"),
        ("250601", "251201"),
        ("SE*33*", "SE*36*"),
    )
    (claim,) = (one.claim for one in read([sent]) if isinstance(one, ClaimRead) and one.claim and one.accepted)
    return claim_facts("t", claim, (), _DAY)


def _payment(claim: ClaimFacts, loop: str) -> RemittanceFacts:
    """One claim payment of 12,000 with the payer's group (CLP11) and its amount (MIA04)."""
    text = _edi("remittance835/samples/remittance.edi").decode()
    head, tail = text[: text.index("CLP*PCN1")], text[text.index("PLB*") :]
    sent = head + loop + tail
    found = [one.remittance for one in read([sent.encode()]) if isinstance(one, RemittanceRead) and one.remittance]
    return remittance_facts(found[0], "R", claim, _DAY)


_HEAD = "CLP*PCN3*1*45045*12000**12*ICN3*11*1**470*1.8990~\n"
_STAY = "NM1*QC*1*PEREZ*ANA****MI*W1~\nMIA*0***12000*MA01~\nDTM*232*20251103~\n"
_LOOPS = {
    "no lines": _HEAD + "CAS*CO*45*33045~\n" + _STAY,
    "all on the first line": _HEAD
    + _STAY
    + "SVC*NU:0120*45000*12000**3~\nDTM*472*20251103~\nCAS*CO*45*33000~\nREF*6R*1~\n"
    + "SVC*HC:85025*45*0*0305*1~\nDTM*472*20251103~\nCAS*CO*97*45~\nREF*6R*2~\n",
}


@pytest.mark.parametrize("loop", _LOOPS)
def test_a_stay_from_its_837i_and_835_to_the_verdict(loop: str) -> None:
    claim = _claim()
    payment = _payment(claim, _LOOPS[loop])
    assert (claim.bill_type, claim.drg) == ("111", "470")
    assert (claim.patient_status, claim.admitted_on) == ("01", date(2025, 11, 3))
    assert (payment.drg, payment.drg_amount, payment.paid) == ("470", D("12000"), D("12000"))
    hospitals = replace(HOSPITALS, hospitals={claim.billing_npi: "330101"})
    found = Assessor(reference_of((ipps(), hospitals)), policy()).assess(claim, payment)
    assert (found.verdict, found.disputed_allowed, found.target) == ("underpaid", D("12000"), D("32400.28"))
    assert [line.line for line in found.lines] == [1, 2]
    bare = Assessor(reference_of(), policy()).assess(claim, payment)
    assert bare.target == 0 or bare.verdict != "underpaid"
    assert loop != "no lines" or "no IPPS tables" in " ".join(bare.reasons)
