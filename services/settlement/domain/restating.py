"""A payment in dispute that the payer answered anew: what is in dispute since is what benchmark finds short of it."""

from __future__ import annotations

from msgspec.structs import replace

from services.settlement.domain.agreement import settle
from services.settlement.domain.decision import DecisionBuilder, close
from services.settlement.domain.dispute import Dispute, Stake
from services.settlement.domain.remittance_posting import dispute_in_books
from shared.events.assessment import AssessedLine, ClaimBenchmarked

_OPEN = ("underpaid", "denied", "unjudged", "below_threshold")
"""Verdicts on a line that leave its dispute open: one that is on is worth going on with, whatever a new one is."""


def restate_dispute(builder: DecisionBuilder, event: ClaimBenchmarked) -> None:
    """Line by line, as it was judged first; a dispute that no line is left of ends.

    Between a reversal and its correction nothing is concluded; what was left is kept for where none comes. Where some
    lines are agreed, what is said of all of them says for none. Of several disputes each hears of its own lines
    (`of_lines`).
    """
    a = builder.account
    dispute = a.dispute
    if not event.restates or dispute is None or a.phase != "pursued" or a.parts:
        return
    short = tuple(stake_of(line) for line in event.lines if line.line in event.disputed)
    if a.reversal_until is not None:
        builder.change(left_by_reversal=short)
    elif short:
        verdicts = {line.verdict for line in event.lines if line.line in event.disputed}
        builder.change(
            denied=verdicts == {"denied"},
            dispute=Dispute.of(short),
        )
        dispute_in_books(builder)
    elif event.verdict == "paid_fairly" and a.is_unsolicited(a.last_paid_on):
        close(builder, "paid_fairly")
    elif event.verdict == "paid_fairly":
        settle(
            builder,
            basis="corrected_remittance",
            amount=dispute.allowed,
            settled_on=builder.today,
            payment_due_on=builder.today,
            reasons=("the corrected remittance pays the fair amount of each line",),
        )


def of_lines(event: ClaimBenchmarked, numbers: frozenset[int], *, at_stake: frozenset[int]) -> ClaimBenchmarked:
    """What a judgement of the claim says of one of its disputes, which is about these lines.

    It is fair to the dispute where each of the lines `at_stake` is.
    """
    disputed = tuple(line for line in event.disputed if line in numbers)
    verdicts = [line.verdict for line in event.lines if line.line in at_stake]
    fair = not disputed and bool(verdicts) and not any(verdict in _OPEN for verdict in verdicts)
    return replace(event, disputed=disputed, verdict="paid_fairly" if fair else "underpaid")


def stake_of(line: AssessedLine) -> Stake:
    """What is at stake of a line that was judged."""
    qpa = next((figure.amount for figure in line.benchmarks if figure.source == "qpa"), None)
    return Stake(line.line, line.allowed, *line.fair, line.charge, line.code, qpa)
