"""The use cases of people's work: what is refused before a rule is asked, and what the journal keeps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from decimal import Decimal

import pytest

from services.appeals.application.casework import Attestation, Casework, RecordToSend
from services.appeals.application.ports import (
    JournalEntry,
    KeptAttachment,
    NewAttachment,
    OwnedCase,
    Package,
    Readiness,
)
from services.appeals.application.refusals import (
    CannotSend,
    InTheFuture,
    NotAttached,
    NothingToConfirm,
    PackageNotReady,
    WeakEvidence,
)
from services.appeals.domain.batching import Disputed
from services.appeals.domain.case import AppealCase, Filing, Policy
from services.appeals.domain.cooling_off import Cooling
from shared.decider import Decision, IllegalTransition
from shared.events.payer import PayerAppealDecision
from shared.events.pursuit import AppealDecided, AppealFiled
from shared.transactions import UnknownClaim
from tests.unit.appeals.cases import CLAIM, NOTICE, Story, at, claim, flagged, remittance

BY_HAND = Policy(attest=frozenset(("commercial_appeal",)))
SENT = date(2026, 10, 8)


class Transactions:
    """One claim in memory: what was written counts only if the block ended well."""

    def __init__(self, story: Story, now: date, kept: Mapping[str, KeptAttachment] | None = None) -> None:
        self.story = story
        self.now = at(now)
        self.entries: list[JournalEntry] = []
        self._kept = kept or {}
        self._open: list[JournalEntry] = []

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[Transactions]:
        before, self._open = self.story.state, []
        try:
            yield self
        except BaseException:
            self.story.state = before
            raise
        self.entries += self._open

    async def read(self, claim_id: str) -> AppealCase | None:
        return self.story.state if claim_id == CLAIM else None

    async def tenant_of(self, claim_id: str) -> str:
        return "t" if claim_id == CLAIM else ""

    async def lock(self, claim_ids: Sequence[str]) -> Mapping[str, OwnedCase]:
        raise NotImplementedError

    async def command(self, claim_id: str, rule: Callable[[AppealCase], Decision[AppealCase]]) -> AppealCase | None:
        if claim_id != CLAIM:
            return None
        decision = rule(self.story.case)
        self.story.state = decision.state
        self.story.events += decision.events
        return decision.state

    async def command_all(
        self,
        claim_ids: Sequence[str],
        rule: Callable[[str, AppealCase], Decision[AppealCase]],
        *,
        even_parked: bool = False,
    ) -> int:
        raise NotImplementedError

    async def cooling_of_claims(self, claim_ids: Sequence[str], on: date) -> Cooling:
        return {}

    async def cooling_of_disputes(self, disputes: Sequence[Disputed], on: date) -> Cooling:
        return {}

    async def may_share_filing(self, claim_ids: Sequence[str]) -> Sequence[str]:
        return []

    async def attachments(self, claim_id: str) -> Mapping[str, KeptAttachment]:
        return self._kept if claim_id == CLAIM else {}

    async def attach(self, claim_id: str, attachment: NewAttachment, who: str) -> None:
        raise NotImplementedError

    async def confirm_filing(self, case_id: str, number: int, proof: str) -> bool:
        return False

    async def keep_profile(self, tenant: str, kind: str, key: str, facts: Mapping[str, str], who: str) -> None:
        raise NotImplementedError

    async def journal(self, entry: JournalEntry) -> None:
        self._open.append(entry)


class Papers:
    """Papers that lack what the test says."""

    def __init__(self, ready: Readiness) -> None:
        self._ready = ready

    async def readiness(self, tenant: str, case: AppealCase, filing: Filing, *, no_conflict: bool) -> Readiness:
        assert (filing.forum, filing.level, filing.filed_on) == (case.forum, case.level, SENT)
        return self._ready

    async def package(self, tenant: str, case: AppealCase, filing: Filing, now: datetime) -> Package:
        raise NotImplementedError


def desk(
    ready: Readiness | None = None,
    kept: Mapping[str, KeptAttachment] | None = None,
    *,
    now: date = SENT,
    x12: bool = True,
) -> tuple[Casework, Transactions]:
    story = Story(BY_HAND)
    story.receive(claim(place="11"), remittance(), flagged())
    story.events.clear()
    transactions = Transactions(story, now, kept)
    return Casework(transactions, story.decider, Papers(ready or Readiness()), sends_x12=x12), transactions


def attested(unready: str = "") -> Attestation:
    return Attestation(sent_on=SENT, reference="RR 1234 US", unready_reason=unready)


@pytest.mark.parametrize(
    ("ready", "refusal"),
    [
        (Readiness(("profile.provider.address",)), PackageNotReady),
        (Readiness((), "no independent rate"), WeakEvidence),
        (Readiness(("remittance.qpa",), "no independent rate"), WeakEvidence),
    ],
)
def test_a_filing_whose_papers_are_not_ready_is_not_attested_without_a_reason(
    ready: Readiness, refusal: type[Exception]
) -> None:
    casework, kept = desk(ready)
    with pytest.raises(refusal):
        asyncio.run(casework.attest_filing(CLAIM, attested(), who="ann"))
    assert (kept.story.case.stage, kept.story.events, kept.entries) == ("prepare", [], [])


@pytest.mark.parametrize(
    ("ready", "unready", "reason"),
    [
        (Readiness(), "", "RR 1234 US"),
        (Readiness(("remittance.qpa",), "no independent rate"), "sent by the partner", "sent by the partner"),
    ],
)
def test_an_attested_filing_is_filed_and_its_reason_kept(ready: Readiness, unready: str, reason: str) -> None:
    casework, kept = desk(ready)
    after = asyncio.run(casework.attest_filing(CLAIM, attested(unready), who="ann"))
    assert after.stage == "await"
    assert [type(event) for event in kept.story.events] == [AppealFiled]
    (entry,) = kept.entries
    assert (entry.who, entry.action, entry.reason) == ("ann", "attest_filing", reason)
    assert entry.details == {
        "sent_on": "2026-10-08", "reference": "RR 1234 US", "missing": list(ready.missing), "weak": ready.weak,
    }  # fmt: skip


def test_what_a_rule_refuses_leaves_no_entry() -> None:
    casework, kept = desk(now=NOTICE)
    with pytest.raises(IllegalTransition, match="the day of filing lies in the future"):
        asyncio.run(casework.attest_filing(CLAIM, attested(), who="ann"))
    assert (kept.story.case.stage, kept.entries) == ("prepare", [])


def answer(day: date, case_id: str) -> PayerAppealDecision:
    return PayerAppealDecision(
        claim_id=CLAIM, case_id=case_id, level=1, outcome="overturned", decided_on=day, awarded=Decimal("700.00")
    )


def test_a_payers_answer_of_a_day_to_come_is_refused_and_one_of_today_is_heard() -> None:
    casework, kept = desk()
    asyncio.run(casework.attest_filing(CLAIM, attested(), who="ann"))
    case_id, later = kept.story.case.case_id, date(2026, 10, 9)
    with pytest.raises(InTheFuture) as refused:
        asyncio.run(casework.record_payer_answer(answer(later, case_id), later, "decided_on", who="ann"))
    assert refused.value.field == "decided_on"
    after = asyncio.run(casework.record_payer_answer(answer(SENT, case_id), SENT, "decided_on", who="ann"))
    assert after.stage == "agreement"
    assert isinstance(kept.story.events[-1], AppealDecided)
    assert [entry.action for entry in kept.entries] == ["attest_filing", "payer_answer"]
    assert kept.entries[-1].details["awarded"] == "700.00"


@pytest.mark.parametrize(
    ("kept", "x12", "reference", "refusal"),
    [
        ({"chart": KeptAttachment("medical_records", "0" * 64, True)}, False, "", CannotSend),
        ({}, True, "", NotAttached),
        ({"chart": KeptAttachment("medical_records", "0" * 64, False)}, True, "", NotAttached),
        ({}, True, "fax 7", NotAttached),
        # by hand its content need not be here: it is the rule that refuses, since nobody asked for records
        ({"chart": KeptAttachment("medical_records", "0" * 64, False)}, False, "fax 7", IllegalTransition),
    ],
)
def test_records_are_sent_from_here_only_with_their_content_and_a_channel(
    kept: dict[str, KeptAttachment], x12: bool, reference: str, refusal: type[Exception]
) -> None:
    casework, _ = desk(kept=kept, x12=x12)
    sending = casework.send_records(CLAIM, "r-1", [RecordToSend("chart")], who="ann", reference=reference)
    with pytest.raises(refusal):
        asyncio.run(sending)


def test_nothing_is_written_of_a_claim_that_is_not_here_nor_of_a_filing_that_was_not_exported() -> None:
    casework, kept = desk()
    other = CLAIM.replace("1", "9")
    with pytest.raises(UnknownClaim):
        asyncio.run(casework.note(other, "who is this?", who="ann"))
    with pytest.raises(UnknownClaim):
        asyncio.run(casework.attest_filing(other, attested(), who="ann"))
    with pytest.raises(NothingToConfirm):
        asyncio.run(casework.confirm_filing(CLAIM, 1, "P-1", who="ann"))
    assert kept.entries == []
    asyncio.run(casework.note(CLAIM, "called the plan", who="ann"))
    assert [(entry.action, entry.reason) for entry in kept.entries] == [("note", "called the plan")]
