"""What a submission does to what is known: the whole table of frequency against record, and its laws."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.facts import claim_facts
from services.intake.domain.submission import ClaimRecord, Submitted, rejected_id, rule
from shared.events.claims import ClaimFacts, ClaimReceived, ClaimRejected, ClaimReplaced, ClaimVoided
from tests.unit.intake.identity.examples import claim

ID = "0f6a5b0e-52b5-5c0c-9f0e-7a3c6a1d9b41"
FACTS = claim_facts("t", claim(), (), date(2025, 4, 2))


def facts(frequency: str = "1") -> ClaimFacts:
    return msgspec.structs.replace(FACTS, frequency=frequency)


def sent(frequency: str, content: str, replaces: str = "") -> Submitted:
    return Submitted(ID, facts(frequency), content, replaces)


def known(*contents: str, voided: bool = False) -> ClaimRecord:
    return ClaimRecord(facts(), contents, voided)


@pytest.mark.parametrize(
    ("record", "frequency", "content", "outcome", "event", "code"),
    [
        # nothing is known under this id
        (None, "1", "a", "accepted", ClaimReceived, ""),
        (None, "7", "a", "accepted", ClaimReceived, ""),  # its original was sent before Recoup came
        (None, "8", "a", "rejected", ClaimRejected, "voids_unknown_claim"),
        # the very content is known, whatever came in between
        (known("a"), "1", "a", "duplicate", None, "duplicate"),
        (known("a", "b"), "1", "a", "duplicate", None, "duplicate"),
        (known("a", "b"), "7", "b", "duplicate", None, "duplicate"),
        (known("a", "v", voided=True), "8", "v", "duplicate", None, "duplicate"),
        (known("a", "v", voided=True), "1", "a", "duplicate", None, "duplicate"),
        # other content
        (known("a"), "1", "b", "rejected", ClaimRejected, "control_number_reused"),
        (known("a"), "7", "b", "replaced", ClaimReplaced, ""),
        (known("a"), "8", "b", "voided", ClaimVoided, ""),
        # a claim that was voided
        (known("a", "v", voided=True), "1", "b", "rejected", ClaimRejected, "control_number_reused"),
        (known("a", "v", voided=True), "7", "b", "rejected", ClaimRejected, "replaces_voided_claim"),
        (known("a", "v", voided=True), "8", "w", "duplicate", None, "duplicate"),
        # frequencies that neither replace nor void are claims of their own
        (None, "2", "a", "accepted", ClaimReceived, ""),
        (known("a"), "4", "b", "rejected", ClaimRejected, "control_number_reused"),
    ],
)
def test_every_case(
    record: ClaimRecord | None, frequency: str, content: str, outcome: str, event: type | None, code: str
) -> None:
    ruling = rule(record, sent(frequency, content))
    assert (ruling.outcome, type(ruling.event) if ruling.event else None, ruling.code) == (outcome, event, code)
    assert bool(ruling.reason) == (outcome in ("duplicate", "rejected"))
    if outcome == "rejected":
        assert ruling.how_to_fix and ruling.record is None


def test_a_replacement_takes_the_facts_and_keeps_the_history() -> None:
    changed = Submitted(ID, msgspec.structs.replace(facts("7"), payer_name="OTHER"), "b", "ICN1")
    ruling = rule(known("a"), changed)
    assert ruling.record == ClaimRecord(changed.facts, ("a", "b"))
    assert ruling.event == ClaimReplaced(claim_id=ID, claim=changed.facts, replaces_payer_claim_number="ICN1")


def test_a_void_keeps_the_facts_of_the_claim_that_it_voids() -> None:
    ruling = rule(known("a"), sent("8", "v", "ICN1"))
    assert ruling.record == ClaimRecord(facts(), ("a", "v"), voided=True)
    assert ruling.event == ClaimVoided(claim_id=ID, payer_claim_number="ICN1")


def test_a_refusal_has_an_id_of_its_own_and_leaves_the_record() -> None:
    ruling = rule(known("a"), sent("1", "b"))
    assert isinstance(ruling.event, ClaimRejected)
    assert ruling.event.claim_id == rejected_id(ID, "b") != ID
    (problem,) = ruling.event.problems
    assert (problem.rule, problem.severity, problem.how_to_fix) == ("control_number_reused", "error", ruling.how_to_fix)
    assert rejected_id(ID, "b") == rejected_id(ID, "b") != rejected_id(ID, "c")


SUBMISSIONS = st.lists(st.tuples(st.sampled_from("1782"), st.sampled_from("abcd")), max_size=12)


@given(SUBMISSIONS)
def test_whatever_is_sent_again_has_no_second_effect(submissions: list[tuple[str, str]]) -> None:
    record: ClaimRecord | None = None
    for frequency, content in submissions:
        submitted = sent(frequency, f"{frequency}{content}")
        first = rule(record, submitted)
        if first.record is not None:
            record = first.record
        again = rule(record, submitted)
        assert again.record in (record, None)
        if first.outcome == "rejected":
            assert again == first  # the same id, so it is told once
        else:
            assert (again.outcome, again.event) == ("duplicate", None)


@given(SUBMISSIONS)
def test_a_claim_is_received_once_and_voided_at_most_once(submissions: list[tuple[str, str]]) -> None:
    record: ClaimRecord | None = None
    events: list[str] = []
    for frequency, content in submissions:
        ruling = rule(record, sent(frequency, f"{frequency}{content}"))
        record = ruling.record if ruling.record is not None else record
        if ruling.event is not None and ruling.outcome != "rejected":
            events.append(type(ruling.event).__name__)
    assert events[:1] in ([], ["ClaimReceived"])
    assert events.count("ClaimReceived") <= 1
    assert "ClaimVoided" not in events[:-1]  # nothing changes a claim after its void


REFUSED = date(2025, 4, 10)


@pytest.mark.parametrize(
    ("frequency", "content", "made_on", "outcome"),
    [
        ("1", "b", date(2025, 4, 11), "replaced"),  # repaired: an original, since the payer has none
        ("1", "b", None, "replaced"),
        ("1", "a", date(2025, 4, 11), "replaced"),  # the same, sent again after the rejection
        ("1", "a", REFUSED, "duplicate"),  # the rejected file, delivered here again
        ("1", "a", None, "duplicate"),
        ("7", "b", date(2025, 4, 11), "replaced"),
        ("8", "b", date(2025, 4, 11), "voided"),
    ],
)
def test_a_claim_that_its_payer_rejected(frequency: str, content: str, made_on: date | None, outcome: str) -> None:
    record = msgspec.structs.replace(known("a"), refused_on=REFUSED)
    ruling = rule(record, msgspec.structs.replace(sent(frequency, content), made_on=made_on))
    assert ruling.outcome == outcome
    if outcome == "replaced":
        assert ruling.record is not None and ruling.record.refused_on is None
        assert ruling.record.fingerprints == (("a",) if content == "a" else ("a", "b"))
        assert rule(ruling.record, sent("1", "c")).code == "control_number_reused"


def test_a_void_claim_is_not_revived_by_a_rejection() -> None:
    record = msgspec.structs.replace(known("a", "v", voided=True), refused_on=REFUSED)
    assert rule(record, sent("1", "b")).outcome == "rejected"
