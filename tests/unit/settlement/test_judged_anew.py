"""Money taken back from a closed claim, through benchmark, settlement and appeals over one log: nobody has to look."""

from __future__ import annotations

from collections import deque
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from services.appeals.adapters.rules import load_rules
from services.appeals.application.decider import AppealsDecider
from services.benchmark.application.decider import BenchmarkDecider
from services.settlement.application.decider import SettlementDecider, shipped_rulebook
from shared.events.assessment import UnderpaymentFlagged
from shared.events.base import Envelope, Event, contract_of
from shared.events.claims import ClaimReceived, RemittanceReceived, RemittanceRecouped
from shared.events.pursuit import AppealFiled
from shared.events.settlement import ClaimClosed
from shared.lifecycle import State, next_state
from tests.unit.benchmark.world import CLAIM, D, claimed, paid, policy, reference, remitted
from tests.unit.time_of_day import instant_on

FAIR = paid("99285", "1500", "900")


class House:
    """One claim's log and the services that hear it; every step must be legal."""

    def __init__(self) -> None:
        self.deciders: list[Any] = [
            BenchmarkDecider(reference(), policy()),
            SettlementDecider(shipped_rulebook()),
            AppealsDecider(load_rules()),
        ]
        self.states: list[Any] = [None] * len(self.deciders)
        self.life = State.NONE
        self.log: list[Event] = []
        self.today = date(2025, 11, 3)

    def publish(self, event: Event) -> list[str]:
        """The types of what follows, in the order of the log."""
        queue, before = deque([event]), len(self.log)
        while queue:
            one = queue.popleft()
            after = next_state(self.life, type(one))
            assert after is not None, f"{type(one).__name__} in {self.life}"
            self.life = after
            self.log.append(one)
            now = instant_on(self.today) + timedelta(seconds=len(self.log))
            for n, decider in enumerate(self.deciders):
                if type(one) in decider.subscribes_to:
                    heard = Envelope(
                        id=str(len(self.log)), type=contract_of(one).type, source="test", time=now, data=one
                    )
                    decision = decider.decide(self.states[n], heard, now)
                    self.states[n] = decision.state
                    queue.extend(decision.events)
        return [type(one).__name__ for one in self.log[before + 1 :]]

    def last(self, kind: type[Any]) -> Any:
        return next(one for one in reversed(self.log) if isinstance(one, kind))


@pytest.fixture
def house() -> House:
    """A claim of which 900 of 1,500 dollars were paid, which is fair."""
    house = House()
    claim = msgspec.structs.replace(claimed([FAIR]), assignment_of_benefits=True, service_state="NY")
    house.publish(ClaimReceived(claim_id=CLAIM, claim=claim))
    told = house.publish(RemittanceReceived(claim_id=CLAIM, remittance=remitted(FAIR)))
    assert told == ["ClaimBenchmarked", "ClaimPaidFairly", "GoverningLawDetermined", "ClaimClosed"]
    return house


def recoup(house: House, amount: str) -> list[str]:
    house.today = date(2026, 3, 2)
    return house.publish(
        RemittanceRecouped(
            claim_id=CLAIM, recoupment_id="W1", amount=D(amount), paid_on=house.today, received_on=house.today
        )
    )


def test_a_recouped_payment_is_flagged_disputed_and_appealed(house: House) -> None:
    assert recoup(house, "850") == ["ClaimReopened", "ClaimBenchmarked", "UnderpaymentFlagged", "AppealFiled"]
    flag = house.last(UnderpaymentFlagged)
    assert house.last(AppealFiled).forum == "commercial_appeal"
    account = house.states[1]
    assert (account.phase, account.dispute.allowed, account.dispute.target) == ("pursued", D(50), flag.target)
    assert account.books.balance("in_dispute") == flag.target - D(50)
    assert house.life is State.IN_APPEAL


def test_little_recouped_leaves_the_claim_closed_as_fair(house: House) -> None:
    assert recoup(house, "10") == ["ClaimReopened", "ClaimBenchmarked", "ClaimPaidFairly", "ClaimClosed"]
    assert house.last(ClaimClosed).paid == D(890)
    assert house.states[1].books.balance("awaiting") == 0
