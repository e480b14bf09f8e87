"""The books: a true run has no discrepancy, and every seeded error is caught by the rule it breaks."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from msgspec.structs import replace

from recoup_tools.demo.books import Discrepancy, FinalRecord, check_claim
from recoup_tools.demo.figures import Books, spread
from recoup_tools.demo.manifest import ExpectedClaim
from recoup_tools.demo.timeline import timeline
from shared.events.assessment import ClaimBenchmarked, ClaimUnjudged
from shared.events.base import Envelope
from shared.events.claims import ClaimRejected, ClaimVoided, RemittanceReceived, RemittanceReversed
from shared.events.settlement import ClaimClosed, OfferReceived, SettlementPaid
from tests.unit.demo import events as e

D = Decimal
Log = list[Envelope]


def benchmarked() -> ClaimBenchmarked:
    return ClaimBenchmarked(
        claim_id=e.CLAIM,
        remittance_id="r1",
        policy="p",
        specialty="emergency",
        verdict="underpaid",
        allowed=D(232),
        paid=D("185.60"),
        patient_share=D("46.40"),
        lines=(),
    )


def good_log() -> Log:
    """Received, paid 185.60, flagged, negotiated to 388 more, paid by reversal and correction, closed."""
    reversed_lines = tuple(
        replace(
            line,
            charge=-line.charge,
            paid=-line.paid,
            allowed=None,
            adjustments=tuple(replace(a, amount=-a.amount) for a in line.adjustments),
        )
        for line in e.remittance().lines
    )
    back = replace(
        e.remittance(),
        remittance_id="r2",
        status="22",
        charge=D(-1110),
        paid=D("-185.60"),
        patient_responsibility=D("-46.40"),
        lines=reversed_lines,
    )
    corrected = e.remittance("600", "20", name="r3", number="P01EXED0001-S1")  # paid 556 + 17.60 = 573.60
    return e.envelopes(
        e.received(),
        e.paid(),
        benchmarked(),
        e.flagged(),
        e.opened(),
        OfferReceived(
            claim_id=e.CLAIM,
            offer_id="o1",
            round=1,
            amount=D(620),
            source="payer",
            received_on=e.START.date(),
        ),
        e.settled(),
        RemittanceReversed(claim_id=e.CLAIM, remittance=back),
        RemittanceReceived(claim_id=e.CLAIM, remittance=corrected),
        SettlementPaid(
            claim_id=e.CLAIM,
            settlement_id="s1",
            remittance_id="r3",
            paid=D("573.60"),
            recovered=D(388),
            paid_on=e.START.date(),
        ),
        ClaimClosed(
            claim_id=e.CLAIM,
            reason="settled_and_paid",
            billed=D(1110),
            allowed=D(620),
            paid_at_first=D("185.60"),
            paid=D("573.60"),
            recovered=D(388),
            patient_share=D("46.40"),
            costs=D(0),
        ),
    )


RECORD = FinalRecord(
    claim_id=e.CLAIM,
    control_number="EXED0001",
    state="closed",
    close_reason="settled_and_paid",
    billed=D(1110),
    paid_at_first=D("185.60"),
    paid=D("573.60"),
    recovered=D(388),
    patient_share=D("46.40"),
)
EXPECTED = ExpectedClaim(
    control_number="EXED0001",
    kind="underpaid",
    form="professional",
    specialty="emergency",
    billing_npi="1001000011",
    payer_id="99101",
    disposition="accepted",
    verdict="underpaid",
    billed=D(1110),
    paid_at_first=D("185.60"),
    paid_by_files=D("185.60"),
    patient_share=D("46.40"),
    remittances=1,
)


def rules(found: list[Discrepancy]) -> set[str]:
    return {one.rule for one in found}


def test_a_true_claim_has_no_discrepancy() -> None:
    assert check_claim(1, EXPECTED, RECORD, good_log()) == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"paid": D("573.59")}, "paid = Σ remittances, reversals included"),
        ({"paid_at_first": D("185.61")}, "paid at first = the first remittance"),
        ({"recovered": D("388.01")}, "recovered = paid − paid at first"),
        ({"patient_share": D("46.41")}, "patient's share within what the payer stated"),
        ({"billed": D(1111)}, "charge: record and manifest"),
        ({"costs": D(1)}, "costs: closing event and record"),
        ({"state": "settled"}, "the claim has reached a final state"),
        ({"close_reason": "voided"}, "a claim that is accepted ends so"),
        ({"close_reason": "pursuit_ended"}, "without a settlement only the files' 835s paid"),
    ],
)
def test_a_wrong_record_is_caught(change: dict[str, object], rule: str) -> None:
    assert rule in rules(check_claim(1, EXPECTED, replace(RECORD, **change), good_log()))


def _twice(log: Log) -> Log:
    return [*log[:2], replace(log[1], id="other", sequence=3), *log[2:]]


def _same_event_twice(log: Log) -> Log:
    return [*log[:6], log[5], *log[6:]]


def _without_flag(log: Log) -> Log:
    return [envelope for envelope in log if envelope.type != "recoup.underpayment.flagged.v1"]


def _gap(log: Log) -> Log:
    return [*log[:1], replace(log[1], sequence=3), *log[2:]]


def _wrong_proof(log: Log) -> Log:
    proof = log[9].data
    assert isinstance(proof, SettlementPaid)
    return [*log[:9], replace(log[9], data=replace(proof, paid=D("573.61"))), *log[10:]]


def _paid_short(log: Log) -> Log:
    short = RemittanceReceived(claim_id=e.CLAIM, remittance=e.remittance("599.99", "20", name="r3"))
    return [*log[:8], replace(log[8], data=short), *log[9:]]


def _first_is_lost(log: Log) -> Log:
    return [log[0], *log[2:]]


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (_twice, "every remittance counts once"),
        (_same_event_twice, "every event has one effect"),
        (_without_flag, "every transition is lawful"),
        (_gap, "the sequence of intake has no gap"),
        (_wrong_proof, "settlement paid = Σ remittances"),
        (_paid_short, "a settlement counts as paid only in full"),
        (_first_is_lost, "paid = Σ remittances, reversals included"),
        (lambda log: log[:-1], "the record's state is the log's"),
    ],
)
def test_a_wrong_log_is_caught(spoil: Callable[[Log], Log], rule: str) -> None:
    assert rule in rules(check_claim(1, EXPECTED, RECORD, spoil(good_log())))


def test_lost_and_unknown_claims_are_caught() -> None:
    (lost,) = check_claim(12, EXPECTED, None, [])
    assert (lost.claim, lost.found) == ("#12", "none")
    assert rules(check_claim(1, None, RECORD, good_log())) == {"the claim was submitted"}
    assert "#12" in str(lost)


def test_rejected_and_voided_claims() -> None:
    refusal = ClaimRejected(
        claim_id=e.CLAIM, tenant="clinic", patient_control_number="EXED0001", total_charge=D(1110), problems=()
    )
    rejected = FinalRecord(claim_id=e.CLAIM, control_number="EXED0001", state="rejected", billed=D(1110))
    expects = replace(EXPECTED, disposition="rejected", verdict="none", paid_at_first=D(0), paid_by_files=D(0))
    assert check_claim(1, expects, rejected, e.envelopes(refusal)) == []
    assert rules(check_claim(1, EXPECTED, rejected, e.envelopes(refusal))) >= {"a claim that is accepted ends so"}

    closing = ClaimClosed(
        claim_id=e.CLAIM,
        reason="voided",
        billed=D(1110),
        allowed=D(0),
        paid_at_first=D(0),
        paid=D(0),
        recovered=D(0),
        patient_share=D(0),
        costs=D(0),
    )
    log = e.envelopes(e.received(), ClaimVoided(claim_id=e.CLAIM), closing)
    voided = replace(rejected, state="closed", close_reason="voided")
    assert check_claim(1, replace(expects, disposition="voided"), voided, log) == []
    assert check_claim(1, replace(expects, disposition="rejected"), voided, log) != []


def test_books_count_and_sum() -> None:
    books = Books()
    assert books.add(EXPECTED, RECORD, good_log(), {"to flagged": D("0.5")}) == []
    figures = books.figures()
    assert (figures.claims, figures.by_end) == (1, {"settled_and_paid": 1})
    assert figures.settled_by == {"offer_accepted": 1}
    assert figures.events["remittances received"] == 2
    assert (figures.billed, figures.paid_at_first, figures.paid) == (D(1110), D("185.60"), D("573.60"))
    assert figures.recovered == D(388)
    assert (figures.underpaid_share, figures.agreement) == (D(1), D(1))
    assert figures.uplift is not None
    assert figures.uplift_ratio is not None
    assert (figures.uplift.p50, figures.uplift_ratio.mean) == (D(388), D("2.0905"))  # 388 / 185.60 = 2.09052
    assert figures.latency["to flagged"].p99 == D("0.5")


def test_books_notice_two_records_of_one_claim() -> None:
    books = Books()
    books.add(EXPECTED, RECORD, good_log())
    assert "one record a claim" in rules(books.add(EXPECTED, RECORD, good_log()))
    assert books.discrepancy_count == len(books.discrepancies) == 1


def test_percentiles_by_nearest_rank() -> None:
    one = spread([D(n) for n in range(1, 11)], "0.01")
    assert one is not None
    assert (one.n, one.mean, one.p50, one.p90, one.p99) == (10, D("5.5"), D(5), D(9), D(10))
    assert spread([], "1") is None


def test_timeline_tells_the_story_and_no_account_number() -> None:
    text = timeline(good_log())
    lines = text.splitlines()
    assert len(lines) == 12
    assert lines[0] == f"claim {e.CLAIM}"
    assert "claim received" in lines[1]
    assert "total charge $1,110.00" in lines[1]
    assert "additional due $388.00" in lines[7]
    assert "reason settled_and_paid" in lines[11]
    assert "EXED0001" not in text.replace(e.CLAIM, "")
    assert timeline([]) == ""


def test_claims_that_cannot_be_judged_are_counted_with_what_to_load() -> None:
    """By the reason, without the line it was told of: the summary has one line for all of them."""
    told = "no benchmark: no rates for surgery centers are loaded: load CMS's ASC Addendum AA"
    books = Books()
    for claim_id, line in (("a", 1), ("b", 2)):
        unjudged = ClaimUnjudged(
            claim_id=claim_id, remittance_id="r", allowed=Decimal(1), paid=Decimal(1),
            reasons=(f"line {line} (29881): {told}",),
        )  # fmt: skip
        record = FinalRecord(claim_id=claim_id, control_number=claim_id, state="unjudged", billed=Decimal(1))
        books.add(None, record, e.envelopes(unjudged))
    assert books.figures().unjudged == {told.removeprefix("no benchmark: "): 2}
