"""Which provider adjustments are recoupments of claims, and what they take."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup_x12.model import Party, Payment, ProviderAdjustment, Remittance
from services.intake.domain.recoupment import Bearer, keys_of, named_by, recoupments_of, withhold
from services.intake.domain.submission import ClaimRecord
from shared.events.claims import ClaimFacts

PAYMENT = Payment(trace_number="T1", payer_tax_id="1512345678", paid_on=date(2026, 11, 2))
FACTS = ClaimFacts(
    tenant="t", patient_control_number="A", form="professional", payer_id="P", payer_name="P", billing_npi="1",
    total_charge=Decimal(1), service_from=date(2026, 1, 1), service_to=date(2026, 1, 1), lines=(),
)  # fmt: skip


def plb(reason: str, reference: str, amount: str) -> ProviderAdjustment:
    return ProviderAdjustment("1234567893", "20261231", reason, reference, Decimal(amount))


@pytest.mark.parametrize(("one", "other", "same"), [("100", "100.00", True), ("100.5", "100.50", True),
                                                   ("-20", "-20.0", True), ("100", "10", False)])  # fmt: skip
def test_an_835_sent_again_with_its_amounts_spelt_otherwise_is_the_same(one: str, other: str, same: bool) -> None:
    (first,), (second,) = (recoupments_of(PAYMENT, [plb("WO", "ICN1", text)], "t") for text in (one, other))
    assert (first.recoupment_id == second.recoupment_id) is same


def test_only_overpayment_recovery_counts_and_what_names_no_claim_is_kept_too() -> None:
    given = [
        plb("WO", "ICN1 ACCOUNT-9", "20"),
        plb("WO", "ICN1 ACCOUNT-9", "20"),
        plb("WO", "", "5"),
        plb("WO", "0", "5"),
        plb("L6", "ICN1", "-1.25"),
        plb("FB", "T0", "40"),
        plb("72", "ICN1", "-20"),
    ]
    found = recoupments_of(PAYMENT, given, "t")
    assert [(one.payer_claim_number, one.amount) for one in found] == [
        ("ICN1", Decimal(20)), ("ICN1", Decimal(20)), ("", Decimal(5)), ("", Decimal(5))
    ]  # fmt: skip
    assert len({one.recoupment_id for one in found}) == 4, "twice in one 835 is two recoupments"
    assert found == recoupments_of(PAYMENT, given, "t")
    assert {o.recoupment_id for o in found}.isdisjoint(o.recoupment_id for o in recoupments_of(PAYMENT, given, "u"))


@pytest.mark.parametrize(
    ("amounts", "lost"),
    [
        (("40",), ("40",)),  # withheld without a reversal
        (("-40", "40"), ("0", "0")),  # announced with a reversal, collected later
        (("-40", "25", "25"), ("0", "0", "10")),  # 10 more than was announced
        (("40", "-40"), ("40", "-40")),  # given back
        (("40", "-60", "20"), ("40", "-40", "0")),  # given back, and a new recovery announced
    ],
)
def test_what_a_claim_loses(amounts: tuple[str, ...], lost: tuple[str, ...]) -> None:
    record = ClaimRecord(FACTS, ())
    for amount, expected in zip(amounts, lost, strict=True):
        record, moved = withhold(record, Decimal(amount))
        assert moved == Decimal(expected)


@given(st.lists(st.integers(-100, 100)))
def test_all_that_is_lost_is_what_was_withheld_beyond_what_was_deferred(amounts: list[int]) -> None:
    record, total = ClaimRecord(FACTS, ()), Decimal(0)
    for amount in amounts:
        record, moved = withhold(record, Decimal(amount))
        total += moved
        assert total >= 0
    assert total == max(sum(amounts), 0)


PAYEE = Party("PE", id_qualifier="XX", id="1001000011")
OWN = Payment(payer_tax_id="1990000101", payer=Party("PR", name="MERIDIAN EXAMPLE HEALTH"), payee=PAYEE)
OTHER = Payment(payer_tax_id="1990000202", payer=Party("PR", name="HARBOR EXAMPLE MUTUAL"), payee=PAYEE)
SERVED = date(2026, 9, 15)


def bearer(claim: str, npi: str = "1001000011", paid_by: Payment | None = OWN) -> Bearer:
    """A claim of Meridian's with a payment."""
    facts = msgspec.structs.replace(
        FACTS, billing_npi=npi, payer_id="99101", payer_name="MERIDIAN EXAMPLE HEALTH",
        service_from=SERVED, service_to=SERVED,
    )  # fmt: skip
    paid = (Remittance("A", "1", Decimal(100), Decimal(80), payment=paid_by),) if paid_by is not None else ()
    return Bearer(claim, facts, paid)


NUMBER, ACCOUNT = "f:1001000011|P9", "n:A77"


@pytest.mark.parametrize(
    ("reference", "payment", "known", "bearers", "named", "number"),
    [
        ("P9", OWN, {NUMBER: ("a",)}, [bearer("a")], ["a"], "P9"),
        ("P9 A77", OWN, {NUMBER: ("a",), ACCOUNT: ("a",)}, [bearer("a")], ["a"], "P9"),
        ("A77 P9", OWN, {NUMBER: ("a",)}, [bearer("a")], ["a"], "P9"),
        ("A77/P9", OWN, {NUMBER: ("a",)}, [bearer("a")], ["a"], "P9"),
        ("A7720260915 P9", OWN, {NUMBER: ("a",), ACCOUNT: ("a",)}, [bearer("a")], ["a"], "P9"),
        ("A7720260915 P8", OWN, {ACCOUNT: ("a",)}, [bearer("a")], ["a"], "A7720260915"),
        ("A7720260916 P8", OWN, {ACCOUNT: ("a",)}, [bearer("a")], [], "A7720260916"),  # another day's
        ("A77", OWN, {ACCOUNT: ("a",)}, [bearer("a")], ["a"], "A77"),
        ("A77", OWN, {ACCOUNT: ("a",)}, [bearer("a", npi="1001000029")], [], "A77"),  # another group's account
        ("A77", OTHER, {ACCOUNT: ("a",)}, [bearer("a")], [], "A77"),  # who paid nothing there
        ("A77", OTHER, {ACCOUNT: ("a",)}, [bearer("a", paid_by=OTHER)], ["a"], "A77"),
        ("P9", OTHER, {NUMBER: ("a",)}, [bearer("a")], [], "P9"),  # two payers number alike
        ("P9", OTHER, {NUMBER: ("a", "b")}, [bearer("a"), bearer("b", paid_by=OTHER)], ["b"], "P9"),
        ("P9", OWN, {NUMBER: ("a", "b")}, [bearer("a"), bearer("b")], ["a", "b"], "P9"),
        ("P9 A77", OWN, {NUMBER: ("a", "b"), ACCOUNT: ("b",)}, [bearer("a"), bearer("b")], ["b"], "P9"),
        ("P9 A77", OWN, {NUMBER: ("a",), ACCOUNT: ("b",)}, [bearer("a"), bearer("b")], ["a", "b"], "P9"),
        ("P9", OWN, {NUMBER: ("a",)}, [bearer("a", paid_by=None)], ["a"], "P9"),  # its number came with the claim
        ("", OWN, {}, [], [], ""),
    ],
)
def test_which_claim_a_reference_names(
    reference: str,
    payment: Payment,
    known: dict[str, tuple[str, ...]],
    bearers: list[Bearer],
    named: list[str],
    number: str,
) -> None:
    (one,) = recoupments_of(payment, [plb("WO", reference, "20")], "t")
    assert set(known) <= set(keys_of(one))
    placed, found = named_by(one, bearers, known)
    assert (found, placed.payer_claim_number) == (named, number)
    assert placed.recoupment_id == one.recoupment_id
