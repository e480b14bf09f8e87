"""A claim that missed a date, or was closed for one, comes back in every service, where the filing was sent in time."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from msgspec.structs import replace

from services.appeals.adapters.rules import load_rules
from services.appeals.application.decider import AppealsDecider
from services.appeals.domain.case import Policy
from services.appeals.domain.commands import Commands
from services.appeals.settings import ALL_FORUMS
from shared.events.pursuit import AppealFiled, NegotiationOpened, PursuitEnded
from shared.events.settlement import ClaimClosed, ClaimReopened
from shared.forums import Forum
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
    return whole


def attested(whole: Whole, on: date, given_up: Forum | None = None) -> None:
    decided = commands(whole).attest_filing(whole.case, on, "portal-77", "", given_up)
    whole.states["appeals"] = decided.state
    for event in decided.events:
        whole.receive(event)


def test_the_case_went_on_to_the_plans_appeal_and_comes_back_for_what_was_sent_in_time(missed: Whole) -> None:
    assert missed.case.forum == "commercial_appeal" and missed.account.phase == "pursued"
    assert not [e for e in missed.log if isinstance(e.data, PursuitEnded | ClaimClosed)]
    on = date(2025, 12, 1)
    attested(missed, on, "open_negotiation")
    (opened,) = [e.data for e in missed.log if isinstance(e.data, NegotiationOpened)]
    assert opened.notice_on == on
    assert (missed.case.stage, missed.account.phase) == ("open", "pursued")
    assert missed.account.proceeding is not None and missed.account.proceeding.forum == "open_negotiation"
    assert missed.view.state == "negotiating"


def test_the_claim_is_opened_judged_anew_and_appealed(missed: Whole) -> None:
    """The plan's appeal was open for 180 days, until 9 May 2026, and nobody told of it either."""
    missed.wait_until(PAID + timedelta(days=200))
    assert missed.account.phase == "closed"
    on = date(2026, 2, 2)
    attested(missed, on)
    (filed,) = [e.data for e in missed.log if isinstance(e.data, AppealFiled)]
    assert filed.filed_on == on and [e for e in missed.log if isinstance(e.data, ClaimReopened)]
    assert (missed.case.stage, missed.account.phase) == ("await", "pursued")
    assert missed.account.proceeding is not None and missed.account.proceeding.forum == "commercial_appeal"
    assert missed.view.state == "in_appeal"
    dispute = missed.account.dispute
    assert dispute is not None and missed.account.books.balance("in_dispute") == dispute.amount
