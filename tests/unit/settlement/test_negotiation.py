"""The use cases of people's acts: whose claim it is, which dispute is meant, and that a refused act leaves nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta

import pytest

from services.settlement.application.decider import SettlementDecider
from services.settlement.application.learning import Learning
from services.settlement.application.negotiation import Answer, EnteredOffer, Negotiation, Subject, agreed
from services.settlement.application.refusals import (
    NoAgreement,
    NotAcrossTenants,
    NotShared,
    UnknownVersion,
    VersionExists,
)
from services.settlement.domain.account import Account
from services.settlement.domain.commands import Actor, DisputeNotNamed, NotAllowed
from services.settlement.domain.offers import OfferRefused
from services.settlement.domain.payer_history import PayerHistory
from shared.decider import Decision
from shared.events.settlement import ClaimSettled, NegotiationFailed, OfferReceived
from shared.transactions import UnknownClaim
from tests.unit.settlement.lines import FIRST, SECOND, two
from tests.unit.settlement.world import CLAIM, START, D, World

NINA, MAX = Actor("nina", "negotiator"), Actor("max", "manager")


class Transactions:
    """One claim of tenant "t" in memory; what a rule decided counts only if the block ended well."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.now = world.now()
        self._decided: list[Decision[Account]] = []

    @asynccontextmanager
    async def begin(self) -> AsyncGenerator[Transactions]:
        self.now, self._decided = self.world.now(), []
        yield self
        for decision in self._decided:
            self.world.command(_already(decision), self.now)

    async def tenant_of(self, claim_id: str) -> str:
        return "t" if claim_id == CLAIM else ""

    async def command(self, claim_id: str, rule: Callable[[Account], Decision[Account]]) -> Account | None:
        if claim_id != CLAIM:
            return None
        decision = rule(self.world.account)
        self._decided.append(decision)
        return decision.state


def _already(decision: Decision[Account]) -> Callable[[Account, datetime], Decision[Account]]:
    return lambda account, now: decision


def negotiation(world: World) -> Negotiation:
    return Negotiation(Transactions(world), world.decider)


def in_talks(scale: int = 1) -> World:
    world = World(scale=scale)
    world.underpaid()
    world.negotiation()
    world.events.clear()
    return world


@pytest.mark.parametrize(
    ("actor", "claim_id"),
    [(NINA, "00000000-0000-0000-0000-000000000001"), (Actor("olga", "manager", "other"), CLAIM)],
)
def test_a_claim_that_is_not_there_or_another_tenants_is_unknown(actor: Actor, claim_id: str) -> None:
    world = in_talks()
    before = world.account
    with pytest.raises(UnknownClaim):
        asyncio.run(negotiation(world).leave(Subject(actor, claim_id), "enough"))
    assert world.account == before and world.events == []


def test_an_act_is_carried_out_in_the_claims_own_tenant_with_its_events() -> None:
    world = in_talks()
    offer = EnteredOffer(offer_id="P1", amount=D("1.00"), offered_on=START)
    after = asyncio.run(negotiation(world).enter_offer(Subject(Actor("nina", "negotiator", "t"), CLAIM), offer))
    assert after == world.account
    assert [(one.offer_id, one.amount) for one in after.offers if one.side == "payer"] == [("P1", D("1.00"))]
    assert isinstance(world.events[0], OfferReceived)


def test_a_refused_act_leaves_nothing() -> None:
    world = in_talks(scale=200)
    world.offer("600.00", final=True)  # 120,000 dollars, of which the engine may accept 25,000
    before, events = world.account, len(world.events)
    assert before.approval is not None
    number = before.approval.decision
    with pytest.raises(NotAllowed):
        asyncio.run(negotiation(world).decide_waiting(Subject(NINA, CLAIM), number, approve=True, why="good"))
    with pytest.raises(OfferRefused):
        asyncio.run(negotiation(world).decide_waiting(Subject(MAX, CLAIM), number + 1, approve=True, why="good"))
    assert world.account == before and len(world.events) == events
    after = asyncio.run(negotiation(world).decide_waiting(Subject(MAX, CLAIM), number, approve=True, why="good"))
    assert agreed(after).settlement is not None and isinstance(world.events[-1], ClaimSettled)


def test_an_act_with_a_window_is_kept_and_its_number_finds_it() -> None:
    world = in_talks(scale=200)
    world.offer("600.00", final=True)
    offer = world.account.offers[-1]
    answer = Answer(offer_id=offer.offer_id, version=offer.version, why="good", window=timedelta(seconds=60))
    kept = asyncio.run(negotiation(world).accept(Subject(MAX, CLAIM), answer))
    assert kept.act is not None and kept.act.waits and kept.settlement is None
    undone = asyncio.run(negotiation(world).undo(Subject(MAX, CLAIM), kept.act.number))
    assert undone.act is not None and undone.act.status == "undone"


def test_which_of_several_disputes_is_meant_has_to_be_said() -> None:
    world = two()
    world.negotiates(FIRST)
    world.appeals(SECOND)
    desk = negotiation(world)
    with pytest.raises(DisputeNotNamed) as refused:
        asyncio.run(desk.leave(Subject(NINA, CLAIM), "enough"))
    assert [one.known_as for one in refused.value.disputes] == [FIRST, SECOND]
    _, second = world.account.disputes
    asyncio.run(desk.leave(Subject(NINA, CLAIM, FIRST), "enough"))
    assert isinstance(world.events[-1], NegotiationFailed)  # which tells of the first dispute, as it names none
    assert world.account.disputes[1] == second


def test_a_write_off_ends_the_dispute_that_is_named_and_the_whole_claim_where_none_is() -> None:
    world = two()
    world.negotiates(FIRST)
    world.appeals(SECOND)
    asyncio.run(negotiation(world).write_off(Subject(MAX, CLAIM, SECOND)))
    assert [one.phase for one in world.account.disputes] == ["pursued", "closed"]
    asyncio.run(negotiation(world).write_off(Subject(MAX, CLAIM)))
    assert [one.phase for one in world.account.disputes] == ["closed", "closed"]


def test_a_dispute_without_an_agreement_has_no_letter() -> None:
    with pytest.raises(NoAgreement):
        agreed(in_talks().account)


class Kept:
    """The payers' record in memory."""

    def __init__(self, *known: str) -> None:
        self.known = known
        self.versions: dict[str, PayerHistory] = {}
        self.in_force: list[str] = []

    async def tenants(self) -> Sequence[str]:
        return self.known

    async def take(self, version: str, as_of: date, tenants: Sequence[str], agreed: str) -> PayerHistory:
        if version in self.versions:
            raise VersionExists
        taken = PayerHistory(version=version, as_of=as_of.isoformat(), tenants=tuple(tenants), agreed=agreed)
        return self.versions.setdefault(version, taken)

    async def activate(self, version: str) -> PayerHistory | None:
        if version in self.versions:
            self.in_force.append(version)
        return self.versions.get(version)

    async def active(self) -> Sequence[PayerHistory]:
        return [self.versions[version] for version in self.in_force]


def test_a_version_of_the_record_is_taken_by_a_manager_of_all_tenants_and_used_once_it_is_activated() -> None:
    kept, decider, other = Kept("t"), SettlementDecider(), SettlementDecider()
    learning = Learning(kept, decider)
    before = decider.book.record.version
    with pytest.raises(NotAllowed):
        asyncio.run(learning.take(NINA, "2026-11", START))
    with pytest.raises(NotAcrossTenants):
        asyncio.run(learning.take(Actor("olga", "manager", "t"), "2026-11", START))
    assert kept.versions == {}
    asyncio.run(learning.take(MAX, "2026-11", START))
    with pytest.raises(VersionExists):
        asyncio.run(learning.take(MAX, "2026-11", START))
    assert decider.for_tenant("t").book.record.version == before
    with pytest.raises(UnknownVersion):
        asyncio.run(learning.activate(MAX, "2026-12"))
    with pytest.raises(NotAcrossTenants):
        asyncio.run(learning.activate(Actor("olga", "manager", "t"), "2026-11"))
    asyncio.run(learning.activate(MAX, "2026-11"))
    assert decider.for_tenant("t").book.record.version == "2026-11"
    assert decider.for_tenant("later").book.record.version == before, "it joined since, and has no part in it"
    replica = Learning(kept, other)
    asyncio.run(replica.follow())
    assert other.for_tenant("t").book.record.version == "2026-11"


def test_what_is_learnt_of_one_organisations_payers_decides_no_others_claims() -> None:
    kept, decider, other = Kept("north", "south", "west"), SettlementDecider(), SettlementDecider()
    learning = Learning(kept, decider)
    for tenants, where, why in (
        ([], "", "not said whose"),
        ([], "letters", "not said whose"),
        (["north", "south"], " ", "2 organisations would be pooled"),
        (["east"], "", "east has no claims here"),
    ):
        with pytest.raises(NotShared, match=why):
            asyncio.run(learning.take(MAX, "v", START, tenants=tenants, agreed=where))
    assert kept.versions == {}
    asyncio.run(learning.take(MAX, "both", START, tenants=["south", "north"], agreed="letters"))
    asyncio.run(learning.take(MAX, "own", START, tenants=["north"]))
    for version in ("both", "own"):
        asyncio.run(learning.activate(MAX, version))
    asyncio.run(Learning(kept, other).follow())
    for one in (decider, other):
        assert one.learnt() == {"north": "own", "south": "both"} and one.learnt("west") == {}
        found = {tenant: one.for_tenant(tenant).book.record.version for tenant in ("north", "south", "west")}
        assert found == {"north": "own", "south": "both", "west": "none"}


@pytest.mark.parametrize(
    ("known", "decided_by"), [(("north",), {"north": "old"}), (("north", "south"), {}), ((), {})],
)  # fmt: skip
def test_a_record_of_before_organisations_were_named_is_never_pooled(
    known: tuple[str, ...], decided_by: dict[str, str]
) -> None:
    """It was taken of all claims there were: with one organisation these are its own, with several nobody's."""
    kept, decider = Kept(*known), SettlementDecider()
    before = decider.book.record.version
    kept.versions["old"] = PayerHistory(version="old", as_of="2026-01-31")
    kept.in_force.append("old")
    learning = Learning(kept, decider)
    asyncio.run(learning.follow())
    assert decider.learnt() == decided_by
    assert decider.for_tenant("joined later").book.record.version == before
    kept.known = (*known, "joined later")
    asyncio.run(learning.follow())
    assert decider.learnt() == decided_by, "whoever joins afterwards has no part in it"


def test_a_record_that_names_nobody_is_not_put_in_force_by_hand() -> None:
    kept, decider = Kept("north", "south"), SettlementDecider()
    kept.versions["old"] = PayerHistory(version="old", as_of="2026-01-31")
    with pytest.raises(NotShared, match="does not name whose claims"):
        asyncio.run(Learning(kept, decider).activate(MAX, "old"))
    assert decider.learnt() == {}
