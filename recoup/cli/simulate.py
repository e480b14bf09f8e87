"""`recoup simulate`: the same disputes under several negotiation policies, side by side.

Nothing is estimated from a formula: settlement's and appeals' own rules run in memory, on a calendar that jumps from
one day on which something happens to the next, against the demo's payer model (docs/payer-simulator.md). Its figures
compare policies under that model; they are no forecast of what real payers do.
"""

from __future__ import annotations

import asyncio
import heapq
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Annotated, Any
from uuid import UUID, uuid5

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from recoup.cli.simulate_cases import Case, cases_of, made_up_cases
from recoup.demo.payer import Answer, answer
from recoup.demo.payer_memory import ClaimFile, remember
from recoup.demo.payer_profiles import Profile, profile_of
from recoup.demo.readlog import claims_on_log
from recoup.demo.remit835 import ClaimPayment, Payment
from services.appeals.adapters.rules import load_rules
from services.appeals.application.fold import AppealsFold
from services.settlement.adapters.policies import load_rulebook
from services.settlement.application.fold import SettlementFold
from services.settlement.domain import commands
from services.settlement.domain.account import Account
from services.settlement.domain.fees import FeeError
from services.settlement.domain.policy import PolicyError
from services.settlement.domain.valuation import Rulebook
from shared.events.base import Envelope, Event, contract_for_type, contract_of
from shared.events.claims import RemittanceFacts, RemittanceLine, RemittanceReceived, RemittanceReversed
from shared.events.codec import UndecodableEvent, decode_data
from shared.events.pursuit import AppealFiled, IdrInitiated
from shared.events.settlement import ClaimClosed, ClaimSettled, NegotiationFailed, OfferCountered
from shared.fold import Decision, IllegalTransition, Timer, TimerDue

_NAMESPACE = UUID("5a0d3a49-6c5e-5b6f-a6d7-95d2a0b4e9c3")
_LAST_DAY = timedelta(days=3 * 365)
_console = Console()


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How one dispute ended under one policy; dollars and calendar days from the flag."""

    claim_id: str
    ending: str
    paid_at_first: Decimal
    recovered: Decimal
    costs: Decimal
    days: int
    counters: int
    talks_failed: int
    appeals: int
    idr: int
    persons: int
    settled: bool


class World:
    """One claim, its two services and its payer, from the opening events to the end."""

    def __init__(self, case: Case, settlement: SettlementFold, appeals: AppealsFold, seed: int, approve: bool) -> None:
        self._folds: tuple[Any, ...] = (settlement, appeals)
        self._settlement = settlement
        self._states: list[Any] = [None, None]
        self._file: ClaimFile | None = None
        self._profile: Profile = profile_of(seed, case.payer_id)
        self._seed = seed
        self._approve = approve
        self._queue: list[tuple[datetime, int, Event]] = []
        self._number = 0
        self.told: list[Event] = []
        self._persons = 0
        self.case = case

    def run(self) -> Outcome:
        started = _noon(self.case.opened_on)
        for event in self.case.events:
            self._put(event, started)
        while True:
            now, step = self._next(started)
            if step is None or now > started + _LAST_DAY:
                break
            step(now)
        return self._outcome()

    def _put(self, event: Event, at: datetime) -> None:
        self._number += 1
        heapq.heappush(self._queue, (at, self._number, event))

    def _next(self, floor: datetime) -> tuple[datetime, Callable[[datetime], None] | None]:
        """The earlier of the next event and the next deadline; at the same instant the event."""
        timers: list[tuple[datetime, int, Timer]] = [
            (timer.due, place, timer)
            for place, (fold, state) in enumerate(zip(self._folds, self._states, strict=True))
            if state is not None
            for timer in fold.timers(state)
        ]
        first = min(timers, key=lambda t: (t[0], t[1], t[2].kind), default=None)
        if self._queue and (first is None or self._queue[0][0] <= first[0]):
            at, _, event = heapq.heappop(self._queue)
            return at, lambda now: self._tell(event, now)
        if first is None:
            return floor, None
        _, place, timer = first
        due = TimerDue(self.case.claim_id, timer.kind, timer.due)
        return max(timer.due, floor), lambda now: self._fold(place, due, now)

    def _tell(self, event: Event, now: datetime) -> None:
        self.told.append(event)
        self._number += 1
        envelope = Envelope(
            id=str(uuid5(_NAMESPACE, f"{self.case.claim_id}/{self._number}")),
            type=contract_of(event).type,
            source=contract_of(event).source,
            time=now,
            data=event,
        )
        self._file = remember(self._file, event)
        if self._file is not None:
            for given in answer(event, now.date(), self._file, self._profile, seed=self._seed):
                for told in _events_of(given):
                    self._put(told, max(_noon(given.on), now))
        for place, fold in enumerate(self._folds):
            if isinstance(event, fold.hears):
                self._fold(place, envelope, now)

    def _fold(self, place: int, event: Envelope | TimerDue, now: datetime) -> None:
        try:
            decision = self._folds[place].decide(self._states[place], event, now)
        except IllegalTransition:
            return  # the services would park it; here the claim goes on without
        self._take(place, decision, now)
        account = self._states[0]
        if place == 0 and self._approve and account is not None and account.approval is not None:
            self._persons += 1
            self._take(0, self._by_a_person(account, now), now)
        elif place == 0 and account is not None and account.approval is not None:
            self._persons += 1

    def _by_a_person(self, account: Account, now: datetime) -> Decision[Account]:
        """A manager who does what the engine proposes."""
        assert account.approval is not None
        who = commands.Actor("simulated manager", "manager")
        rule = commands.decide_waiting(who, account.approval.decision, approve=True, why="simulated approval")
        return commands.run(account, now, self._settlement.book, rule)

    def _take(self, place: int, decision: Decision[Any], now: datetime) -> None:
        self._states[place] = decision.state
        for event in decision.events:
            self._put(event, now)

    def _outcome(self) -> Outcome:
        account: Account = self._states[0]
        seen = Counter(type(event) for event in self.told)
        ended = account.closed_on or self.case.opened_on
        return Outcome(
            claim_id=self.case.claim_id,
            ending=account.closed or f"open: {account.phase}",
            paid_at_first=account.paid_at_first or Decimal(0),
            recovered=account.recovered,
            costs=account.costs,
            days=(ended - self.case.opened_on).days,
            counters=seen[OfferCountered],
            talks_failed=seen[NegotiationFailed],
            appeals=seen[AppealFiled],
            idr=seen[IdrInitiated],
            persons=self._persons,
            settled=seen[ClaimSettled] > 0 and seen[ClaimClosed] > 0,
        )


def _events_of(given: Answer) -> Iterator[Event]:
    if given.event is not None:
        yield given.event
    if given.payment is not None:
        for number, claim in enumerate(given.payment.claims):
            facts = _facts(given, given.payment, claim, number)
            if claim.status == "22":
                yield RemittanceReversed(claim_id=given.claim_id, remittance=facts)
            else:
                yield RemittanceReceived(claim_id=given.claim_id, remittance=facts)


def _facts(given: Answer, payment: Payment, claim: ClaimPayment, number: int) -> RemittanceFacts:
    lines = tuple(
        RemittanceLine(
            line=place,
            code=line.code,
            charge=line.charge,
            paid=line.paid,
            units=line.units,
            modifiers=line.modifiers,
            allowed=line.allowed,
            adjustments=line.adjustments,
            remark_codes=line.remarks,
            qpa=line.qpa,
        )
        for place, line in enumerate(claim.lines, 1)
    )
    return RemittanceFacts(
        remittance_id=str(uuid5(_NAMESPACE, f"{given.key}/{number}")),
        status=claim.status,
        charge=claim.charge,
        paid=claim.paid,
        patient_responsibility=claim.patient_share,
        paid_on=payment.paid_on,
        received_on=given.on,
        payer_claim_number=claim.payer_claim_number,
        trace_number=payment.trace_number,
        filing_indicator=claim.filing,
        adjustments=claim.adjustments,
        remark_codes=claim.remarks,
        lines=lines,
    )


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def play(
    book: Rulebook, cases: Iterable[Case], *, seed: int, approve: bool, appeals: AppealsFold | None = None
) -> list[Outcome]:
    """Run every case under one rulebook. `approve`: decisions above the engine's authority are approved at once;
    else they lapse. The same arguments give the same outcomes."""
    settlement = SettlementFold(book)
    forum = appeals or AppealsFold(load_rules())
    return [World(case, settlement, forum, seed, approve).run() for case in cases]


def summary(outcomes: list[Outcome]) -> dict[str, Any]:
    """The figures of one policy, dollars as strings."""
    uplifts = [o.recovered / o.paid_at_first for o in outcomes if o.paid_at_first > 0]
    paid_days = [o.days for o in outcomes if o.settled and o.recovered > 0]
    recovered = sum((o.recovered for o in outcomes), Decimal(0))
    costs = sum((o.costs for o in outcomes), Decimal(0))
    return {
        "disputes": len(outcomes),
        "paid at first": str(sum((o.paid_at_first for o in outcomes), Decimal(0))),
        "recovered": str(recovered),
        "fees": str(costs),
        "recovered less fees": str(recovered - costs),
        "disputes with recovery": sum(o.recovered > 0 for o in outcomes),
        "median uplift": f"{median(uplifts):.1%}" if uplifts else "",
        "median days to cash": median(paid_days) if paid_days else None,
        "counters": sum(o.counters for o in outcomes),
        "talks failed": sum(o.talks_failed for o in outcomes),
        "appeals filed": sum(o.appeals for o in outcomes),
        "IDR initiated": sum(o.idr for o in outcomes),
        "decided by persons": sum(o.persons for o in outcomes),
        "endings": dict(sorted(Counter(o.ending for o in outcomes).items())),
    }


def accepted_at_once(outcomes: list[Outcome]) -> dict[str, Any]:
    """The same disputes under 'accept the first payment': nothing is pursued, nothing recovered, nothing spent."""
    took = [msgspec.structs.replace(o, ending="first payment accepted", recovered=Decimal(0), costs=Decimal(0), days=0,
                                    counters=0, talks_failed=0, appeals=0, idr=0, persons=0, settled=False)
            for o in outcomes]  # fmt: skip
    return summary(took)


def uplift(figures: dict[str, Any], baseline: dict[str, Any]) -> dict[str, str]:
    """What a policy brings over accepting the first payment: dollars after fees, and their share of that payment."""
    gain = Decimal(figures["recovered less fees"]) - Decimal(baseline["recovered less fees"])
    first = Decimal(baseline["paid at first"])
    return {"dollars": str(gain), "share": f"{gain / first:.1%}" if first else ""}


def _fail(message: str) -> typer.Exit:
    sys.stderr.write(f"recoup simulate: {message}\n")
    return typer.Exit(2)


def _history(history: Path | None, log: str, claims: int, seed: int) -> list[Case]:
    if history is not None:
        try:
            events = [_line(text, n) for n, text in enumerate(history.read_text("utf-8").splitlines(), 1) if text]
        except (OSError, ValueError) as error:
            raise _fail(f"{history}: {error}") from None
        return cases_of(events)
    if log:
        return asyncio.run(_from_log(log))
    return made_up_cases(claims, seed)


def _line(text: str, number: int) -> Event:
    try:
        record = json.loads(text)
        contract = contract_for_type(record["type"])
        if contract is None:
            raise ValueError("unknown type")
        return decode_data(contract, json.dumps(record["data"]).encode())
    except (ValueError, KeyError, TypeError, UndecodableEvent) as error:
        raise ValueError(f"line {number} is no event with type and data ({type(error).__name__})") from None


async def _from_log(bootstrap: str) -> list[Case]:
    return cases_of([e.data async for claim in claims_on_log(bootstrap) for e in claim.log])


def simulate(
    policy: Annotated[list[str], typer.Option(help="a shipped policy's name or a TOML file; repeat to compare")],
    history: Annotated[Path | None, typer.Option(help="NDJSON of events, each with `type` and `data`")] = None,
    log: Annotated[str, typer.Option(help="brokers (host:port) whose claims' log is the history")] = "",
    claims: Annotated[int, typer.Option(min=1, help="made-up disputes, where no history is given")] = 200,
    seed: Annotated[int, typer.Option(help="of the payer model and the made-up disputes")] = 7,
    approve: Annotated[
        bool, typer.Option(help="people approve what the engine proposes above its authority; else it lapses")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object instead of a table")] = False,
) -> None:
    """Run negotiation policies against the same disputes and the payer model; nothing is sent anywhere."""
    try:
        books = {name: load_rulebook(name) for name in policy}
    except (PolicyError, FeeError, OSError) as error:
        raise _fail(str(error)) from None
    cases = _history(history, log, claims, seed)
    if not cases:
        raise _fail("the history holds no dispute (a claim with its remittance and an underpayment or denial)")
    appeals = AppealsFold(load_rules())
    played = {name: play(book, cases, seed=seed, approve=approve, appeals=appeals) for name, book in books.items()}
    baseline = accepted_at_once(next(iter(played.values())))
    figures = {name: summary(outcomes) for name, outcomes in played.items()}
    for name, one in figures.items():
        one["uplift after fees"] = uplift(one, baseline)
        one["policy"] = {"label": books[name].policy.label, "sha256": books[name].policy.digest}
    if as_json:
        answer = {"policies": figures, "first payment accepted": baseline, "model": "docs/payer-simulator.md"}
        sys.stdout.write(json.dumps({**answer, "seed": seed}) + "\n")
        return
    _console.print(_table(figures, baseline))
    _console.print("Payers are a model (docs/payer-simulator.md): compare the columns, do not forecast by them.")


def _table(figures: dict[str, dict[str, Any]], baseline: dict[str, Any]) -> Table:
    table = Table(title="The same disputes under each policy")
    table.add_column("")
    table.add_column("first payment accepted", justify="right")
    for one in figures.values():
        table.add_column(one["policy"]["label"], justify="right")
    for row in baseline:
        if row != "endings":
            cells = (one[row] for one in (baseline, *figures.values()))
            table.add_row(row, *("" if cell is None else str(cell) for cell in cells))
    over = (one["uplift after fees"] for one in figures.values())
    table.add_row("over accepting the first payment", "", *(f"{u['dollars']} ({u['share']})" for u in over))
    return table


def add_to(app: typer.Typer) -> None:
    """Mount the command."""
    app.command()(simulate)
