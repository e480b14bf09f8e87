"""Lines that are pursued in a dispute of their own, beside what else of the claim is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal

import msgspec

from services.appeals.domain.case import AppealCase, Dispute, beside_id
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.forums.papers import fingerprint
from shared.adjustments import side_of
from shared.events.assessment import AssessedLine, ClaimDenied, DisputeWidened, UnderpaymentFlagged
from shared.events.pursuit import DisputedLine, DisputeOpened
from shared.money import ZERO, total

Verdict = UnderpaymentFlagged | ClaimDenied | DisputeWidened
Begin = Callable[[DecisionBuilder, Dispute], None]
_SHORT = ("underpaid", "denied")


class JudgedLines(msgspec.Struct, frozen=True, kw_only=True):
    """Lines as an event judged them: `evidence` is its SHA-256, `notice_on` the day the payer's answer was received."""

    lines: tuple[AssessedLine, ...]
    remittance_id: str
    notice_on: date
    evidence: str
    carcs: tuple[str, ...]
    remarks: tuple[str, ...]
    specialty: str = ""
    arrived_on: date | None = None

    @classmethod
    def of(cls, event: Verdict, lines: tuple[AssessedLine, ...]) -> JudgedLines:
        """What an event says of some of its lines; codes that only price a payment are no reason of a denial."""
        denied = all(line.verdict == "denied" for line in lines)
        carcs = tuple(carc for carc in event.carcs if not denied or side_of(carc) != "pricing")
        return cls(
            lines=lines,
            remittance_id=event.remittance_id,
            notice_on=event.notice_on,
            evidence=fingerprint(event),
            carcs=carcs or event.carcs,
            remarks=event.remark_codes,
            specialty="" if isinstance(event, DisputeWidened) else event.specialty,
            arrived_on=None if isinstance(event, DisputeWidened) else event.arrived_on,
        )


def may_open(event: Verdict, lines: Iterable[AssessedLine]) -> bool:
    """Return True if lines can leave the others: each is known by its number, and something was taken back of none."""
    recouped = isinstance(event, UnderpaymentFlagged) and event.recouped > 0
    found = tuple(lines)
    return bool(found) and all(line.line and line.verdict in _SHORT for line in found) and not recouped


def without(dispute: Dispute, lines: Iterable[AssessedLine], removed: tuple[AssessedLine, ...]) -> Dispute:
    """The dispute of the lines that stay, of all that were judged together."""
    numbers = {line.line for line in removed}
    codes = {line.code for line in lines if line.line not in numbers and line.code}
    return msgspec.structs.replace(
        dispute,
        target=dispute.target - fair(removed),
        allowed=dispute.allowed - total(line.allowed for line in removed),
        codes=tuple(sorted(codes)),
        lines=max(dispute.lines - len(removed), 1),
        denied_beside=ZERO * 0,
        denied_lines=0,
    )


def open_dispute(builder: DecisionBuilder, judged: JudgedLines, begin: Begin) -> None:
    """Open a dispute about lines beside the case, tell of it, and begin it as `begin` begins one."""
    first = builder.case
    numbers = tuple(sorted(line.line for line in judged.lines))
    held = {line for one in first.beside for line in one.lines}
    case_id = beside_id(first.case_id, numbers)
    if held.intersection(numbers) or any(one.case_id == case_id for one in first.beside):
        return
    denied = all(line.verdict == "denied" for line in judged.lines)
    known = judged.remittance_id == first.remittance_id
    child = AppealCase(
        claim_id=first.claim_id,
        facts=first.facts,
        case_id=case_id,
        lines=numbers,
        remittance_id=judged.remittance_id,
        remittance_evidence=first.remittance_evidence if known else "",
        remittance_groups=first.remittance_groups if known else (),
        remarks=first.remarks,
        governing=first.governing,
        same_plan=first.same_plan,
        assignee=first.assignee,
    )
    dispute = Dispute(
        remittance_id=judged.remittance_id,
        specialty=judged.specialty or (first.dispute.specialty if first.dispute else ""),
        notice_on=judged.notice_on,
        denied=denied,
        allowed=total(line.allowed for line in judged.lines),
        target=fair(judged.lines),
        evidence=judged.evidence,
        remittance_evidence=child.remittance_evidence,
        carcs=judged.carcs,
        remarks=judged.remarks,
        groups=child.remittance_groups,
        codes=tuple(sorted({line.code for line in judged.lines if line.code})),
        lines=len(judged.lines),
        arrived_on=judged.arrived_on,
        judged_on=builder.event_on,
    )
    own = DecisionBuilder(builder.rule_set, child, builder.today, builder.event_on)
    begin(own, dispute)
    opened = DisputeOpened(
        claim_id=first.claim_id,
        case_id=case_id,
        first=first.case_id,
        lines=tuple(_disputed_line(line) for line in judged.lines),
        notice_on=judged.notice_on,
        denied=denied,
    )
    decided = own.decision()
    builder.events = [opened, *builder.events, *decided.events]
    builder.change(beside=(*first.beside, decided.state))


def fair(lines: Iterable[AssessedLine]) -> Decimal:
    """The fair allowed amount of lines together, in dollars."""
    return total(line.fair[1] for line in lines)


def _disputed_line(line: AssessedLine) -> DisputedLine:
    floor, target, stretch = line.fair
    return DisputedLine(
        line=line.line,
        code=line.code,
        charge=line.charge,
        allowed=line.allowed,
        paid=line.paid,
        patient_share=line.patient_share,
        floor=floor,
        target=target,
        stretch=stretch,
    )
