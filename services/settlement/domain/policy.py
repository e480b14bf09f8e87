"""Negotiation policies: how to open, concede, accept and escalate, as validated, versioned files.

A policy is TOML (services/settlement/policies/*.toml, described in docs/settlement.md). `parse` checks all of it and
reports every fault with its place, so that a wrong policy never starts to run.
"""

from __future__ import annotations

import hashlib
import tomllib
from decimal import Decimal
from typing import Literal

import msgspec

from services.settlement.domain.idr_offer import OfferLimits
from shared.money import cents

Anchor = Literal["floor", "target", "stretch"]
Role = Literal["automatic", "negotiator", "manager"]
ROLES: tuple[Role, ...] = ("automatic", "negotiator", "manager")


class PolicyError(ValueError):
    """A policy file that must not be used; one line for each fault, each with its place."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How to negotiate the claims it matches; the first matching rule of a policy counts.

    Matching: `*` matches all; amounts are the dollars in dispute (target − allowed), from inclusive, to exclusive.
    `opening` and `floor` are anchors moved by a share: anchor × share. `concessions` says how far from the opening
    towards the floor each of our counters goes (0 = opening, 1 = floor); as many counters as entries.
    `stands`: the chance that the payer's offer can still be had after it refused a counter.
    `escalate_margin`: by how many dollars the next forum must be worth more than the offer to leave the table.
    """

    name: str
    specialty: str = "*"
    payer: str = "*"
    forum: str = "*"
    amount_from: Decimal = Decimal(0)
    amount_to: Decimal | None = None
    opening: Anchor = "stretch"
    opening_share: Decimal = Decimal(1)
    floor: Anchor = "target"
    floor_share: Decimal = Decimal("0.85")
    concessions: tuple[Decimal, ...] = (Decimal(0), Decimal("0.4"), Decimal("0.7"))
    counter_days: int = 10
    stands: Decimal = Decimal("0.9")
    escalate_margin: Decimal = Decimal(0)


class Authority(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a role may accept: at most `up_to` dollars allowed amount, and at least `least_share` of the target."""

    role: Role
    up_to: Decimal
    least_share: Decimal


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One level of one forum, with the assumptions that hold until the record says otherwise.

    `win` and `strength` are the mean and weight (in pseudo-cases) of the starting belief about winning; `award` the
    award expected then, as a share of the target; `days` until the decision; `staff_hours` our work.
    """

    win: Decimal
    strength: Decimal
    award: Decimal
    days: int
    staff_hours: Decimal


class ForumPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A forum's levels (none where it only talks) and the forum that follows its last one.

    `limit` and `limit_strength` are the starting belief about the most a payer agrees to in talks there, as a share
    of the target; `counters` says whether we may answer an offer with one of our own.
    """

    levels: tuple[Step, ...] = ()
    next: str = ""
    counters: bool = True
    limit: Decimal = Decimal("0.6")
    limit_strength: Decimal = Decimal(4)


class Ahead(msgspec.Struct, frozen=True):
    """What comes if talks fail: level `level` of `forum`."""

    forum: str
    level: int
    step: Step


class Costs(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Dollars an hour of staff time, and the yearly price of waiting for money (0.08 = 8 %)."""

    staff_hour: Decimal
    yearly_rate: Decimal
    counter_hours: Decimal = Decimal("0.25")


class Days(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Calendar days, but for `pay_in_idr`, which are business days.

    `pay` from agreement to payment due, `pay_in_idr` from one that is reached after the federal process was initiated
    (45 CFR 149.510(c)(2)(i)); `approval` a person has for a decision; `chase` after a short or missing
    payment before it is written off; `recoupment` for the correction after a reversal; `review` for a claim nobody can
    judge before it is closed as it stands; `remittance` from arrival until the payer's answer is asked after, and
    from one inquiry to the next, `inquiries` times.
    """

    pay: int = 30
    pay_in_idr: int = 30
    approval: int = 10
    chase: int = 180
    recoupment: int = 15
    review: int = 60
    remittance: int = 45
    inquiries: int = 4


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One version of one strategy. `label` names it in every event and decision it makes."""

    schema_version: Literal[1] = msgspec.field(name="schema", default=1)
    name: str
    version: str
    description: str = ""
    rules: tuple[Rule, ...]
    authority: tuple[Authority, ...]
    forums: dict[str, ForumPlan]
    costs: Costs
    days: Days = Days()
    idr_offer: OfferLimits = OfferLimits()
    digest: str = ""

    @property
    def label(self) -> str:
        """Name and version, as decisions name the policy."""
        return f"{self.name}@{self.version}"

    def rule_for(self, *, specialty: str, payer: str, forum: str, amount: Decimal) -> Rule:
        """The first rule that matches; the last rule matches everything (checked when the policy is read)."""
        for rule in self.rules:
            if (
                rule.specialty in ("*", specialty)
                and rule.payer in ("*", payer)
                and rule.forum in ("*", forum)
                and rule.amount_from <= amount
                and (rule.amount_to is None or amount < rule.amount_to)
            ):
                return rule
        return self.rules[-1]

    def ahead(self, forum: str, level: int, *, undecided: bool) -> Ahead | None:
        """What follows if talks fail: this level's decision while `undecided`, else the next level or forum."""
        plan = self.forums.get(forum)
        if plan is None:
            return None
        following = level if undecided else level + 1
        if 1 <= following <= len(plan.levels):
            return Ahead(forum, following, plan.levels[following - 1])
        onward = self.forums.get(plan.next)
        return Ahead(plan.next, 1, onward.levels[0]) if onward and onward.levels else None

    def authority_needed(self, amount: Decimal, target: Decimal) -> Role:
        """The lowest role that may accept `amount` dollars where `target` is fair; the manager where none is listed."""
        for entry in self.authority:
            if amount <= entry.up_to and amount >= cents(entry.least_share * target):
                return entry.role
        return "manager"


def parse(text: str, *, source: str = "policy") -> Policy:
    """Read and check a policy; `PolicyError` lists every fault. `digest` is the SHA-256 of the text."""
    try:
        raw = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{source}: not TOML: {error}") from None
    try:
        policy = msgspec.convert(raw, Policy, strict=False)
    except msgspec.ValidationError as error:
        raise PolicyError(f"{source}: {error}") from None
    faults = _faults(policy)
    if faults:
        raise PolicyError("\n".join(f"{source}: {fault}" for fault in faults))
    return msgspec.structs.replace(policy, digest=hashlib.sha256(text.encode()).hexdigest())


def _faults(policy: Policy) -> list[str]:
    found: list[str] = []
    if not policy.rules:
        return ["rules: at least one rule is needed"]
    last = policy.rules[-1]
    open_ended = last.amount_from == 0 and last.amount_to is None
    if (last.specialty, last.payer, last.forum) != ("*", "*", "*") or not open_ended:
        found.append(f"rules[{len(policy.rules) - 1}]: the last rule must match every claim")
    for n, rule in enumerate(policy.rules):
        found += [f"rules[{n}] ({rule.name}): {fault}" for fault in _rule_faults(rule)]
    names = [rule.name for rule in policy.rules]
    found += [f"rules: the name {name} is used twice" for name in sorted({n for n in names if names.count(n) > 1})]
    roles = [ROLES.index(entry.role) for entry in policy.authority]
    if roles != sorted(set(roles)):
        found.append("authority: each role once, the lowest first (automatic, negotiator, manager)")
    for n, entry in enumerate(policy.authority):
        if entry.up_to < 0 or not 0 <= entry.least_share <= 1:
            found.append(f"authority[{n}]: up_to must not be negative and least_share must be from 0 to 1")
    for name, plan in policy.forums.items():
        if plan.next and not (plan.next in policy.forums and policy.forums[plan.next].levels):
            found.append(f"forums.{name}: next names no forum with levels")
        if not 0 < plan.limit <= 2 or plan.limit_strength <= 0:
            found.append(f"forums.{name}: limit above 0 and at most 2, limit_strength above 0")
        for n, step in enumerate(plan.levels):
            if not 0 < step.win < 1 or step.strength <= 0 or step.award <= 0 or step.days < 0 or step.staff_hours < 0:
                found.append(
                    f"forums.{name}.levels[{n}]: win between 0 and 1, strength and award above 0, no negatives"
                )
    if policy.costs.staff_hour < 0 or not 0 <= policy.costs.yearly_rate < 1:
        found.append("costs: staff_hour must not be negative, yearly_rate from 0 to below 1")
    found += [f"idr_offer: {fault}" for fault in policy.idr_offer.faults()]
    days = policy.days
    if min(days.pay, days.pay_in_idr, days.approval, days.chase, days.recoupment, days.review, days.remittance) < 1:
        found.append("days: every period is at least one day")
    if days.inquiries < 0:
        found.append("days: inquiries must not be negative")
    return found


def _rule_faults(rule: Rule) -> list[str]:
    found: list[str] = []
    if not 0 < rule.opening_share <= 3 or not 0 < rule.floor_share <= 1:
        found.append("opening_share must be above 0 and at most 3, floor_share above 0 and at most 1")
    order: tuple[Anchor, ...] = ("floor", "target", "stretch")
    if order.index(rule.floor) > order.index(rule.opening):
        found.append("the floor's anchor lies above the opening's")
    if rule.floor == rule.opening and rule.floor_share > rule.opening_share:
        found.append("the floor lies above the opening")
    if any(not 0 <= share <= 1 for share in rule.concessions) or list(rule.concessions) != sorted(rule.concessions):
        found.append("concessions must rise from 0 to at most 1")
    if rule.counter_days < 1 or not 0 <= rule.stands <= 1:
        found.append("counter_days must be at least 1, stands from 0 to 1")
    if rule.amount_from < 0 or (rule.amount_to is not None and rule.amount_to <= rule.amount_from):
        found.append("amount_to must be above amount_from, both not negative")
    return found
