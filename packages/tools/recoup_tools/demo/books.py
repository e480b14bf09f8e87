"""The check of a run's books: every claim accounted for, every event lawful, every cent explained.

Pure functions over three independent accounts of the same claims: what the generator expects, what the log of events
says, and what the system's own read model or tables say. Where two of them differ there is a discrepancy. Memory is
bounded: claims are checked one at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec

from recoup_tools.demo.dispute_books import DisputeBooks
from recoup_tools.demo.manifest import ExpectedClaim
from shared.adjustments import cost_share
from shared.events.assessment import ClaimDenied, UnderpaymentFlagged
from shared.events.base import Envelope
from shared.events.claims import (
    ClaimReceived,
    ClaimRejected,
    ClaimReplaced,
    RemittanceReceived,
    RemittanceRecouped,
    RemittanceReversed,
)
from shared.events.settlement import BooksRestated, ClaimClosed
from shared.lifecycle import FINAL, Life, State, life_after
from shared.payer_answers import Answers, is_no_answer

ZERO = Decimal(0)
_OUTCOMES = {
    "accepted": frozenset(("paid_fairly", "settled_and_paid", "pursuit_ended", "denial_stands", "written_off")),
    "voided": frozenset(("voided",)),
    "rejected": frozenset(("",)),
}


class FinalRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What the system says of one claim at the end (gateway or database). Amounts in dollars.

    `state` is a `shared.lifecycle.State` value; `close_reason` is empty for a rejected claim.
    """

    claim_id: str
    control_number: str
    state: str
    billed: Decimal
    paid_at_first: Decimal = ZERO
    paid: Decimal = ZERO
    recovered: Decimal = ZERO
    patient_share: Decimal = ZERO
    costs: Decimal = ZERO
    close_reason: str = ""


class Discrepancy(msgspec.Struct, frozen=True):
    """One thing that does not add up; `claim` is a claim id, or the claim's place in the manifest (`#12`)."""

    claim: str
    rule: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.claim}: {self.rule}: expected {self.expected}, found {self.found}"


class LogFigures(msgspec.Struct):
    """What the log alone says of one claim's money, in dollars."""

    billed: Decimal = ZERO
    paid_at_first: Decimal | None = None
    paid: Decimal = ZERO
    cost_share: Decimal = ZERO
    disputed: bool = False
    closed: ClaimClosed | BooksRestated | None = None
    state: State = State.NONE
    answers: Answers = Answers()


def check_claim(
    place: int, expected: ExpectedClaim | None, record: FinalRecord | None, log: Sequence[Envelope]
) -> list[Discrepancy]:
    """Every discrepancy of one claim. `place` is its number in the manifest, `log` its events in their order."""
    name = record.claim_id if record else log[0].claim_id if log else f"#{place}"
    found: list[Discrepancy] = []

    def hold(rule: str, expects: object, finds: object) -> None:
        if expects != finds:
            found.append(Discrepancy(name, rule, str(expects), str(finds)))

    if record is None:
        hold("the claim is in the system", "one record", "none")
        return found
    found += _log_faults(name, log)
    figures = read_log(log)
    hold("the record's state is the log's", figures.state.value, record.state)
    if State(record.state) not in FINAL:
        hold("the claim has reached a final state", "closed or rejected", record.state)
        return found
    hold("charge: record and log", figures.billed, record.billed)
    if record.state == State.CLOSED:
        found += _money_faults(name, record, figures)
    if expected is None:
        hold("the claim was submitted", "in the manifest", "unknown")
        return found
    hold("charge: record and manifest", expected.billed, record.billed)
    ends = _OUTCOMES[expected.disposition]
    if record.close_reason not in ends:
        hold(f"a claim that is {expected.disposition} ends so", " or ".join(sorted(ends)) or "rejected", _end(record))
    if expected.disposition == "accepted":
        hold("first payment: record and 835", expected.paid_at_first, record.paid_at_first)
        if record.close_reason != "settled_and_paid":
            hold("without a settlement only the files' 835s paid", expected.paid_by_files, record.paid)
        elif record.paid < expected.paid_at_first:
            hold("a settlement never lowers the payment", f"at least {expected.paid_at_first}", record.paid)
    return found


def _end(record: FinalRecord) -> str:
    return record.close_reason or record.state


def read_log(log: Sequence[Envelope]) -> LogFigures:
    """The claim's money and state as its events tell them. An unlawful event leaves the state as it was."""
    figures = LogFigures()
    life = Life()
    for envelope in log:
        event = envelope.data
        life = life_after(life, event) or life
        figures.state = life.state
        if isinstance(event, (ClaimReceived, ClaimReplaced)):
            figures.billed = event.claim.total_charge
        elif isinstance(event, ClaimRejected):
            figures.billed = event.total_charge
        elif isinstance(event, RemittanceReceived | RemittanceReversed):
            _remitted(figures, event)
        elif isinstance(event, RemittanceRecouped):
            figures.paid -= event.amount
        elif isinstance(event, (UnderpaymentFlagged, ClaimDenied)):
            figures.disputed = True
        elif isinstance(event, ClaimClosed | BooksRestated):
            figures.closed = event
    return figures


def _remitted(figures: LogFigures, event: RemittanceReceived | RemittanceReversed) -> None:
    """What the claim's own payer paid or took back; the same answer twice, and what another payer paid, is none of it.

    The first payment is that of the first answer to each line.
    """
    remittance, known = event.remittance, figures.answers
    if not counts(event, known):
        return
    if isinstance(event, RemittanceReversed):
        figures.answers = known.without(remittance)
    else:
        if figures.paid_at_first is None or known.is_part(remittance):
            figures.paid_at_first = (figures.paid_at_first or ZERO) + remittance.paid
        figures.answers = known.with_payment(remittance)
    figures.paid += remittance.paid
    figures.cost_share += cost_share(remittance)


def counts(event: RemittanceReceived | RemittanceReversed, known: Answers) -> bool:
    """Return True if a remittance moves money of the claim's own payer, beside the answers that stand."""
    if event.from_other_payer:
        return False
    return isinstance(event, RemittanceReversed) or not (
        is_no_answer(event.remittance) or known.is_again(event.remittance)
    )


def _log_faults(name: str, log: Sequence[Envelope]) -> Iterator[Discrepancy]:
    """Unlawful transitions, events or remittances twice, gaps in a source's sequence, settlements paid short."""
    life = Life()
    ids: set[str] = set()
    remittances: set[tuple[str, str]] = set()
    recoupments: set[str] = set()
    sequences: dict[str, int] = {}
    answers = Answers()
    disputes = DisputeBooks()
    for envelope in log:
        event = envelope.data
        after = life_after(life, event)
        if after is None:
            rule = "every transition is lawful"
            yield Discrepancy(name, rule, f"an event that may follow {life.state}", envelope.type)
        before, life = life, after or life
        if envelope.id in ids:
            yield Discrepancy(name, "every event has one effect", "once", f"{envelope.type} twice")
        ids.add(envelope.id)
        if envelope.sequence:
            last = sequences.get(envelope.source, 0)
            if envelope.sequence != last + 1:
                rule = f"the sequence of {envelope.source} has no gap"
                yield Discrepancy(name, rule, str(last + 1), str(envelope.sequence))
            sequences[envelope.source] = envelope.sequence
        if isinstance(event, (RemittanceReceived, RemittanceReversed)):
            key = (envelope.type, event.remittance.remittance_id)
            if key in remittances:
                yield Discrepancy(name, "every remittance counts once", "once", "twice")
            remittances.add(key)
            if counts(event, answers):
                reversal, remittance = isinstance(event, RemittanceReversed), event.remittance
                answers = answers.without(remittance) if reversal else answers.with_payment(remittance)
                disputes.pay(event, before)
        elif isinstance(event, RemittanceRecouped):
            if event.recoupment_id in recoupments:
                yield Discrepancy(name, "every recoupment counts once", "once", "twice")
            recoupments.add(event.recoupment_id)
        disputes.take(event, before)
        for rule, expects, finds in disputes.faults(event, life):
            yield Discrepancy(name, rule, str(expects), str(finds))


def _money_faults(name: str, record: FinalRecord, figures: LogFigures) -> Iterator[Discrepancy]:
    first = figures.paid_at_first or ZERO
    recovered = figures.paid - first if figures.disputed else ZERO
    pairs: list[tuple[str, Decimal, Decimal]] = [
        ("paid = Σ remittances, reversals included", figures.paid, record.paid),
        ("paid at first = the first remittance", first, record.paid_at_first),
        ("recovered = paid − paid at first", recovered, record.recovered),
    ]
    closed = figures.closed
    if closed is not None:
        pairs += [
            ("paid: closing event and record", closed.paid, record.paid),
            ("paid at first: closing event and record", closed.paid_at_first, record.paid_at_first),
            ("recovered: closing event and record", closed.recovered, record.recovered),
            ("patient's share: closing event and record", closed.patient_share, record.patient_share),
            ("costs: closing event and record", closed.costs, record.costs),
        ]
        if closed.reason != record.close_reason:
            yield Discrepancy(name, "reason: closing event and record", closed.reason, record.close_reason)
    for rule, expects, finds in pairs:
        if expects != finds:
            yield Discrepancy(name, rule, str(expects), str(finds))
    # the lawful share may be lower than what the payer stated, never higher (42 USC 300gg-131)
    if not ZERO <= record.patient_share <= max(figures.cost_share, ZERO):
        expects = f"0 to {figures.cost_share}"
        yield Discrepancy(name, "patient's share within what the payer stated", expects, str(record.patient_share))
    if figures.paid < 0:
        yield Discrepancy(name, "a claim is never paid less than nothing", "0 or more", str(figures.paid))
