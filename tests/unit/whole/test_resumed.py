"""A claim that was closed for a missed date is reopened in every service, where the filing had been sent in time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from msgspec.structs import replace

from services.appeals.adapters.rules import load_rules
from services.appeals.application.decider import AppealsDecider
from services.appeals.domain.case import Policy
from services.appeals.domain.commands import Commands
from services.appeals.settings import ALL_FORUMS
from shared.events.pursuit import NegotiationOpened, PursuitEnded
from shared.events.settlement import ClaimClosed, ClaimReopened
from tests.unit.whole import world
from tests.unit.whole.test_parts import VISIT_LOW, _remarks  # pyright: ignore[reportPrivateUsage]
from tests.unit.whole.world import PAID, Whole, payment

DECIDER = AppealsDecider(load_rules(), Policy(attest=ALL_FORUMS))


def commands(whole: Whole) -> Commands:
    return Commands(DECIDER.rule_set, datetime.combine(whole.today, time(17), UTC))


@pytest.fixture
def missed(monkeypatch: pytest.MonkeyPatch) -> Whole:
    """An underpayment received on 10 November 2025, whose open negotiation nobody told of by 23 December."""
    deciders = world._deciders() | {"appeals": DECIDER}  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(world, "_deciders", lambda: deciders)
    whole = Whole()
    low = replace(VISIT_LOW, remarks=_remarks("N877"))
    whole.pays(payment(low))
    whole.wait_until(PAID + timedelta(days=60))
    assert [type(e.data) for e in whole.log if isinstance(e.data, PursuitEnded | ClaimClosed)]
    return whole


def test_the_claim_is_opened_judged_anew_and_negotiated(missed: Whole) -> None:
    assert missed.account.phase == "closed"
    on = date(2025, 12, 1)
    decided = commands(missed).attest_filing(missed.case, on, "portal-77")
    missed.states["appeals"] = decided.state
    for event in decided.events:
        missed.receive(event)
    (opened,) = [e.data for e in missed.log if isinstance(e.data, NegotiationOpened)]
    assert opened.notice_on == on and [e for e in missed.log if isinstance(e.data, ClaimReopened)]
    assert (missed.case.stage, missed.account.phase) == ("open", "pursued")
    assert missed.account.proceeding is not None and missed.account.proceeding.forum == "open_negotiation"
    assert missed.view.state == "negotiating"
    dispute = missed.account.dispute
    assert dispute is not None and missed.account.books.balance("in_dispute") == dispute.amount
