"""Ids, fingerprints and keys: what must be the same, and what must not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from recoup_x12.model import Claim, Coverage, Dated, HealthCode, Note, Party, Reference, Source, corrected
from services.intake.domain.identity import (
    claim_id,
    claim_keys,
    fingerprint,
    lookup_keys,
    number_key,
    payer_keys,
    payer_number_key,
    remittance_id,
)
from tests.unit.intake.identity.examples import (
    DAY,
    OTHER_NPI,
    billing,
    cas,
    claim,
    line,
    paid_line,
    patient,
    payment,
)


def test_a_claim_sent_twice_has_one_id() -> None:
    assert claim_id("clinic", claim()) == claim_id("clinic", claim())
    assert UUID(claim_id("clinic", claim())).version == 5


@pytest.mark.parametrize(
    "other",
    [
        claim(number="PCN0002"),
        claim(payer="87726"),  # the secondary payer's claim
        claim(billing=billing(OTHER_NPI)),
    ],
)
def test_number_payer_and_provider_make_a_claim(other: Claim) -> None:
    assert claim_id("clinic", other) != claim_id("clinic", claim())


def test_tenants_never_share_a_claim() -> None:
    assert claim_id("a", claim()) != claim_id("b", claim())


def test_parts_of_the_name_do_not_run_into_each_other() -> None:
    assert claim_id("t", claim(number="12", payer="3")) != claim_id("t", claim(number="1", payer="23"))


def test_a_replacement_that_keeps_its_number_is_the_same_claim() -> None:
    again = corrected(claim(line(charge="175.00")), "ICN77")
    assert claim_id("t", again) == claim_id("t", claim())
    assert fingerprint(again) != fingerprint(claim())


def test_a_replacement_with_a_number_of_its_own_is_found_by_the_payers() -> None:
    original_paid = payment(payer_claim_number="2025-0077 A")
    again = corrected(claim(number="NEW9"), "20250077A")
    assert payer_number_key(again) in payer_keys(original_paid)
    assert payer_number_key(again) in claim_keys(again)


def test_a_provider_without_npi_goes_by_its_tin() -> None:
    assert claim_id("t", claim(billing=billing("", "52-1234567"))) == claim_id("t", claim(billing=billing("")))
    assert claim_id("t", claim(billing=billing("", "999999999"))) != claim_id("t", claim(billing=billing("")))


@pytest.mark.parametrize(
    "again",
    [
        claim(charge=Decimal("150")),
        claim(batch_reference="4711", batch_created="202503051200", submitter=Party("41", name="OTHER HOUSE")),
        claim(references=(Reference("D9", "TRACE9"),)),
        claim(source=Source(claim="CLM*PCN0001*150~")),
        claim(dates=(Dated("050", "D8", "20250306", date(2025, 3, 6), date(2025, 3, 6)),)),
    ],
)
def test_a_retransmission_has_the_same_fingerprint(again: Claim) -> None:
    assert fingerprint(again) == fingerprint(claim())


@pytest.mark.parametrize(
    "changed",
    [
        claim(line(charge="151.00")),
        claim(line(1, "99214")),
        claim(line(1, "99213", "150.00", "25")),
        claim(line(units="2")),
        claim(line(day=date(2025, 3, 5))),
        claim(line(pointers=())),
        claim(diagnoses=("S61412A",)),
        claim(place="22"),
        claim(subscriber=patient(member="W987654321")),
        claim(subscriber=patient(last="DOE")),
        claim(coverage=Coverage("S", "18", filing_indicator="CI")),
        claim(references=(Reference("G1", "AUTH1"),)),
        claim(notes=(Note("ADD", "SEE RECORD"),)),
        claim(frequency="8"),
        claim(billing=billing(tin="529999999")),
        claim(billing=billing(OTHER_NPI)),
        claim(providers=(Party("82", "1", id_qualifier="XX", id=OTHER_NPI),)),
        claim(health_codes=(HealthCode("ABK", "S61411A"), HealthCode("BH", "11", "D8", "20250301"))),
        claim(line(), line(2)),
    ],
)
def test_what_a_payer_would_judge_otherwise_changes_the_fingerprint(changed: Claim) -> None:
    assert fingerprint(changed) != fingerprint(claim())


def test_the_same_day_spelled_as_a_range_is_the_same_content() -> None:
    spelled = replace(line(), dates=(Dated("472", "RD8", "20250304-20250304", DAY, DAY),))
    assert fingerprint(claim(spelled)) == fingerprint(claim())


# --- remittances ---------------------------------------------------------------------------------------------


def test_a_payment_sent_twice_has_one_id() -> None:
    assert remittance_id(payment()) == remittance_id(payment())
    assert remittance_id(payment(), "a") != remittance_id(payment(), "b")


def test_a_split_claim_has_a_payment_for_each_part() -> None:
    first = payment(paid_line("99213", "150.00", "60.00"))
    second = payment(paid_line("12001", "150.00", "60.00"))
    assert remittance_id(first) != remittance_id(second)


@pytest.mark.parametrize(
    "other",
    [
        payment(status="22"),
        payment(trace="TRACE2"),
        payment(payee=OTHER_NPI),
        payment(number="PCN0002"),
        payment(payer_claim_number="ICN78"),
        payment(paid_line(paid="61.00")),
        payment(paid_line("99213", "150.00", "60.00", cas("CO", "45", "90.00"))),
        payment(paid_line(day=date(2025, 3, 5))),
    ],
)
def test_another_payment_has_another_id(other: object) -> None:
    assert remittance_id(other) != remittance_id(payment())  # type: ignore[arg-type]


# --- keys ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "plain"),
    [
        ("ab-12 34", "AB1234"),
        ("000123", "123"),
        ("0", ""),
        ("000", ""),
        ("", ""),
        ("--", ""),
        ("É1", "1"),
    ],
)
def test_control_numbers_are_compared_without_their_spelling(number: str, plain: str) -> None:
    assert number_key(number) == plain


@pytest.mark.parametrize("sent", ["PCN0001", "pcn0001", "PCN-0001", " PCN 0001", "000PCN0001"])
def test_a_respelled_number_is_looked_up_under_the_claims_key(sent: str) -> None:
    assert set(lookup_keys(payment(number=sent, who=Party("QC")))) & set(claim_keys(claim()))


def test_a_long_number_is_found_by_the_twenty_characters_that_come_back() -> None:
    long = "ABCDEFGHIJ0123456789XYZ"
    assert lookup_keys(payment(number=long[:20]))[0] in claim_keys(claim(number=long))


def test_a_mangled_number_is_found_by_the_patient_and_day() -> None:
    by_member = lookup_keys(payment(number="0", who=patient(last="MISSPELT")))
    by_name = lookup_keys(payment(number="0", who=patient(member="")))
    assert set(by_member) & set(claim_keys(claim()))
    assert set(by_name) & set(claim_keys(claim()))


@pytest.mark.parametrize(
    "other",
    [
        payment(number="0", who=patient("DOE", "JOHN", "W000000001")),
        payment(paid_line(day=date(2025, 3, 5)), number="0"),
        payment(number="0", payee=OTHER_NPI),
    ],
)
def test_another_patient_day_or_provider_has_other_keys(other: object) -> None:
    assert not set(lookup_keys(other)) & set(claim_keys(claim()))  # type: ignore[arg-type]


def test_keys_reveal_neither_name_nor_member_number() -> None:
    text = " ".join([*claim_keys(claim()), *lookup_keys(payment())])
    assert "ROE" not in text
    assert "W123456789" not in text


def test_payers_number_independently_so_the_provider_is_part_of_the_key() -> None:
    assert payer_keys(payment()) != payer_keys(payment(payee=OTHER_NPI))
    assert payer_keys(payment(payer_claim_number="")) == []


@given(st.text(max_size=40))
def test_normalising_twice_changes_nothing(number: str) -> None:
    assert number_key(number_key(number)) == number_key(number)
