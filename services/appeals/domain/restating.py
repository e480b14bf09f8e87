"""A payment in dispute that the payer takes back or answers anew before anything is filed."""

from __future__ import annotations

import msgspec

from services.appeals.domain import separate_disputes
from services.appeals.domain.choice import begin_round, judged
from services.appeals.domain.decision import DecisionBuilder
from services.appeals.domain.forums.papers import fingerprint
from shared.events.assessment import ClaimBenchmarked
from shared.money import total


def restated(builder: DecisionBuilder, event: ClaimBenchmarked) -> None:
    """Before anything is filed, what is in dispute, and its law, follow the payment: taken back, or answered anew.

    What is filed stays as it was filed, and its days run from the first answer. A dispute that nothing is left of ends
    by settlement's word. Of several disputes each is about its own lines.
    """
    case, dispute = builder.case, builder.case.dispute
    if not event.restates or dispute is None or case.stage != "prepare" or case.filings:
        return
    others = {line for one in case.beside for line in one.lines}
    mine = set(event.disputed) & set(case.lines) if case.lines else set(event.disputed) - others
    lines = tuple(line for line in event.lines if line.line in mine)
    if not lines:
        return
    denied = [line for line in lines if line.verdict == "denied"]
    known = event.remittance_id == case.remittance_id
    after = msgspec.structs.replace(
        dispute,
        remittance_id=event.remittance_id,
        denied=len(denied) == len(lines),
        allowed=total(line.allowed for line in lines),
        target=separate_disputes.fair(lines),
        evidence=fingerprint(event),
        remittance_evidence=case.remittance_evidence if known else dispute.remittance_evidence,
        groups=case.remittance_groups if known else dispute.groups,
        carcs=(case.remittance_carcs if known else ()) or dispute.carcs,
        remarks=case.remarks if known else dispute.remarks,
        codes=tuple(sorted({line.code for line in lines if line.code})),
        lines=len(lines),
        denied_beside=separate_disputes.fair(denied) if len(denied) < len(lines) else dispute.target * 0,
        denied_lines=len(denied) if len(denied) < len(lines) else 0,
        widened=(),
    )
    builder.change(dispute=after)
    if after.denied == dispute.denied and (case.governing is None or judged(builder).law == case.governing.law):
        return
    builder.change(dispute=dispute)  # the round begins from what was in dispute
    begin_round(builder, after)
