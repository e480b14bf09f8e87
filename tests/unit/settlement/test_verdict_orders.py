"""Money that moves between a payment's judgement and its verdict: each order of the log ends in the same dispute.

What benchmark says of a payment stands in the log after it, maybe after further payments. The rows are worked out by
hand: what the payer allows for the line in dispute, and what it paid beyond its first payment, while nothing is filed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from services.benchmark.application.decider import BenchmarkDecider
from services.settlement.application.decider import SettlementDecider, shipped_rulebook
from services.settlement.domain.account import Account
from shared.events.base import Envelope, Event, contract_of
from shared.events.claims import ClaimReceived, RemittanceReceived, RemittanceRecouped, RemittanceReversed
from shared.events.settlement import ClaimClosed, ClaimSettled, OfferReceived
from tests.unit.benchmark.world import CLAIM, DAY, D, claimed, paid, policy, reference, refused, remitted
from tests.unit.settlement.lines import Lines
from tests.unit.time_of_day import instant_on

ONE = paid("99285", "1500", "200", share="40")
"""Far below any benchmark: in dispute."""
TWO = paid("93010", "1000", "60", share="10", line=2)
"""Above every benchmark: fair."""
MORE = paid("99285", "1500", "300", share="40")
ENOUGH = paid("99285", "1500", "900", share="40")
BESIDE = paid("93010", "1000", "500", share="10", line=2)
NOTHING = refused("99285", "1500", "50")


def answers(*lines: Any, id: str) -> RemittanceReceived:
    return RemittanceReceived(claim_id=CLAIM, remittance=remitted(*lines, id=id))


def back(event: RemittanceReceived) -> RemittanceReversed:
    """What takes a payment back."""
    r = event.remittance
    lines = tuple(
        replace(
            line,
            charge=-line.charge,
            paid=-line.paid,
            adjustments=tuple(replace(a, amount=-a.amount) for a in line.adjustments),
            allowed=None if line.allowed is None else -line.allowed,
        )
        for line in r.lines
    )
    facts = replace(r, remittance_id=f"{r.remittance_id}V", status="22", charge=-r.charge, paid=-r.paid, lines=lines)
    return RemittanceReversed(claim_id=CLAIM, remittance=facts)


def kept_back(dollars: str) -> RemittanceRecouped:
    return RemittanceRecouped(claim_id=CLAIM, recoupment_id="W1", amount=D(dollars), paid_on=DAY, received_on=DAY)


def benchmark_says(events: Sequence[Event]) -> list[list[Event]]:
    """What benchmark emits about each of the events."""
    decider, state = BenchmarkDecider(reference(), policy()), None
    said: list[list[Event]] = []
    for event in events:
        now = instant_on(DAY)
        decision = decider.decide(
            state, Envelope(id="e", type=contract_of(event).type, source="t", time=now, data=event), now
        )
        state = decision.state
        said.append(list(decision.events))
    return said


def orders(events: Sequence[Event]) -> Iterator[list[Event]]:
    """All orders of the log: intake's and benchmark's events each in their own order, none before its cause."""
    said = benchmark_says(events)
    flat = [(n, event) for n, group in enumerate(said) for event in group]

    def step(sent: int, told: int, log: list[Event]) -> Iterator[list[Event]]:
        if sent == len(events) and told == len(flat):
            yield log
        if sent < len(events):
            yield from step(sent + 1, told, [*log, events[sent]])
        if told < len(flat) and flat[told][0] < sent:
            yield from step(sent, told + 1, [*log, flat[told][1]])

    return step(0, 0, [])


def walk(log: Sequence[Event]) -> tuple[Account, list[Event]]:
    decider = SettlementDecider(shipped_rulebook())
    state: Account | None = None
    said: list[Event] = []
    for n, event in enumerate(log):
        now = instant_on(DAY) + timedelta(seconds=n)
        decision = decider.decide(
            state, Envelope(id=str(n), type=contract_of(event).type, source="t", time=now, data=event), now
        )
        state = decision.state
        said += decision.events
    assert state is not None
    return state, said


R1 = answers(ONE, TWO, id="R1")
DENIED = answers(NOTHING, TWO, id="R1")
LATER = answers(TWO, id="R2")
PURSUED, FAIR = ("pursued", None), ("closed", "paid_fairly")

CASES: dict[str, tuple[list[Event], tuple[str, str | None], str, str]] = {
    # events, end, dollars allowed for what is in dispute, dollars beyond the first payment that nobody pursued
    "the other line is paid better": ([R1, back(R1), answers(ONE, BESIDE, id="R2")], PURSUED, "200", "440"),
    "only the other line, of a reversal of its own": (
        [R1, back(LATER), answers(BESIDE, id="R3")],
        PURSUED,
        "200",
        "440",
    ),
    "the other line again, without a reversal": ([R1, answers(BESIDE, id="R2")], PURSUED, "200", "490"),
    "the disputed line is paid better": ([R1, back(R1), answers(MORE, TWO, id="R2")], PURSUED, "300", "100"),
    "both are paid better": ([R1, back(R1), answers(MORE, BESIDE, id="R2")], PURSUED, "300", "540"),
    "one better, one worse by as much": (
        [
            answers(ONE, BESIDE, id="R1"),
            back(answers(ONE, BESIDE, id="R1")),
            answers(MORE, paid("93010", "1000", "400", share="10", line=2), id="R2"),
        ],
        PURSUED,
        "300",
        "0",
    ),
    "the disputed line is paid in full": ([R1, back(R1), answers(ENOUGH, TWO, id="R2")], FAIR, "900", "700"),
    "twice answered anew": (
        [
            R1,
            back(R1),
            answers(ONE, BESIDE, id="R2"),
            back(answers(ONE, BESIDE, id="R2")),
            answers(MORE, BESIDE, id="R3"),
        ],
        PURSUED,
        "300",
        "540",
    ),
    "the reversal comes after its correction": ([R1, answers(ONE, BESIDE, id="R2"), back(R1)], PURSUED, "200", "440"),
    "a part for each line": ([answers(ONE, id="R1"), LATER], PURSUED, "200", "0"),
    "the later part is paid better": (
        [answers(ONE, id="R1"), LATER, back(LATER), answers(BESIDE, id="R3")],
        PURSUED,
        "200",
        "440",
    ),
    "denied, and the other line is paid better": (
        [DENIED, back(DENIED), answers(NOTHING, BESIDE, id="R2")],
        PURSUED,
        "0",
        "440",
    ),
    "denied, then paid": ([DENIED, back(DENIED), answers(MORE, TWO, id="R2")], PURSUED, "300", "260"),
    "money kept back": ([R1, kept_back("100")], PURSUED, "100", "-100"),
}


@pytest.mark.parametrize("name", CASES)
def test_each_order_ends_in_the_same_dispute(name: str) -> None:
    events, end, allowed, unsolicited = CASES[name]
    for log in orders([ClaimReceived(claim_id=CLAIM, claim=claimed([ONE, TWO])), *events]):
        a, said = walk(log)
        assert (a.phase, a.closed) == end
        assert a.dispute is not None
        assert (a.dispute.allowed, a.unsolicited, a.recovered) == (D(allowed), D(unsolicited), D(0))
        assert not [event for event in said if isinstance(event, OfferReceived | ClaimSettled)]
        closings = [event for event in said if isinstance(event, ClaimClosed)]
        assert len(closings) == (end == FAIR)
        if end == PURSUED:
            assert a.books.balance("in_dispute") == a.dispute.target - D(allowed)


def test_a_line_is_at_stake_once_however_often_it_is_answered_for_the_first_time() -> None:
    """Line 2 of a payment that a person took off and matched again joins the dispute as it is now: 600 and 300."""
    w = Lines(1, 2)
    w.begin(1)
    w.pays("R2", {2: (D(0), D(0))})
    w.widened(2)
    w.widened(2)
    dispute = w.account.dispute
    assert dispute is not None
    assert [stake.line for stake in dispute.stakes] == [1, 2]
    assert (dispute.allowed, dispute.target, dispute.floor) == (D(200), D(900), D(800))
    assert w.account.books.balance("in_dispute") == D(700)
