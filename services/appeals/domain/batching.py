"""IDR batching: which disputes may share a filing, and the cheapest lawful plan.

Which disputes may be batched is a dated rule (rules/batching.csv), judged by the day open negotiation began. Fees are
those of the day of filing. The plan compares, for every group of disputes that may share a filing, one batch with
single filings and with every cut in between, and never puts a dispute where the rule does not allow it. A dispute of
more lines than a filing may have is planned in as many filings as it takes.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from services.appeals.domain.batch_part import BatchPart, keys_of
from services.appeals.domain.cooling_off import RULE, Cooling, Party, standing
from services.appeals.domain.rows import in_force
from services.appeals.domain.schedule import Schedule
from services.appeals.domain.tables import BatchRule, Rules, group_key
from shared.money import ZERO, cents

Kind = Literal["single", "batch"]
_FREE_LINES = 25
_ONE_DAY = timedelta(days=1)
_NAMESPACE = uuid.UUID("5d1f6a52-2c1b-5d0e-8a4f-0d4b0c8f2a90")
_SECTIONS = (("anesthesia", "00100", "01999"), ("radiology", "70010", "79999"), ("pathology", "80047", "89398"))


class Disputed(msgspec.Struct, frozen=True, kw_only=True):
    """One dispute whose open negotiation failed or ended. `codes` are its lines' service codes, one a line.

    `case_id` is its id where its claim has several disputes, empty where it is the only one.
    `after_cooling_off`: first and last day to initiate where a cooling-off period postponed it; `party`: whom such a
    period would bind.
    """

    claim_id: str
    payer_id: str
    npi: str
    tin: str
    service_on: date
    negotiation_on: date
    codes: tuple[str, ...]
    gap: Decimal
    after_cooling_off: tuple[date, date] | None = None
    party: Party | None = None
    case_id: str = ""

    @property
    def key(self) -> str:
        """What names it: its own id where its claim has several disputes, else its claim's."""
        return self.case_id or self.claim_id


class Filing(msgspec.Struct, frozen=True, kw_only=True):
    """One IDR filing: its claims, lines, fees in dollars, the first and last day on which it may be initiated.

    `claim_ids` and `case_ids` name its disputes as those of a `BatchPart` do. `parts`: the lines of each filing where a
    dispute has more than one may have; empty where it is one.
    """

    kind: Kind
    claim_ids: tuple[str, ...]
    lines: int
    basis: str
    administrative_fee: Decimal
    entity_fee: Decimal
    opens: date
    closes: date
    rule: str
    case_ids: tuple[str, ...] = ()
    parts: tuple[int, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """What names each of its disputes."""
        return keys_of(self.claim_ids, self.case_ids)

    @property
    def fees(self) -> Decimal:
        """What the filing costs if it is lost."""
        return self.administrative_fee + self.entity_fee


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """The cheapest lawful filings, what single filings would cost, and the saving, in dollars."""

    filings: tuple[Filing, ...]
    fees: Decimal
    fees_single: Decimal
    saving: Decimal
    left_out: tuple[tuple[str, str], ...] = ()


def plan_filings(
    disputes: Iterable[Disputed],
    schedule: Schedule,
    on: date,
    *,
    fee_share: Decimal,
    entity_name: str = "",
    cooling: Cooling | None = None,
    in_doubt: bool = False,
) -> Plan:
    """The plan for filing on a day.

    Disputes whose window is closed that day, or whose parties and code are cooling off, are left out with the reason;
    those of which only a person can tell whether they are, too, unless they are asked for `in_doubt`. Disputes whose
    plan is not known share a filing only `in_doubt`: a person then answers for it that the plan is one.
    `fee_share` (0 to 1) is where in the published range the entity's fee is expected, unless the entity we propose,
    `entity_name`, publishes its own (entities.csv).
    """
    planner = _Planner(schedule, on, fee_share, entity_name)
    ready: list[Disputed] = []
    left_out: list[tuple[str, str]] = []
    for dispute in sorted(disputes, key=lambda d: (d.service_on, d.claim_id, d.case_id)):
        reason = _closed(dispute, schedule, on, cooling or {}, in_doubt=in_doubt)
        if reason:
            left_out.append((dispute.claim_id, reason))
        else:
            ready.append(dispute)
    singles = {d.key: planner.filing((d,), None) for d in ready}
    filings: list[Filing] = []
    for group, rule, basis in _groups(ready, schedule, in_doubt=in_doubt):
        filings += planner.cheapest(group, rule, basis, singles)
    fees = sum((f.fees for f in filings), ZERO)
    alone = sum((f.fees for f in singles.values()), ZERO)
    return Plan(
        filings=tuple(sorted(filings, key=lambda f: (f.closes, f.claim_ids, f.case_ids))),
        fees=fees,
        fees_single=alone,
        saving=alone - fees,
        left_out=tuple(left_out),
    )


def parts_of(filing: Filing, lines: Mapping[str, int]) -> dict[str, BatchPart]:
    """Each dispute's part of a batch by its `lines`, the odd cents to the largest remainders, ties by their order.

    The id follows from the disputes and the day: the same filing has the same id on every run.
    """
    weights = [max(lines.get(key, 1), 1) for key in filing.keys]
    administrative = share_out(filing.administrative_fee, weights)
    entity = share_out(filing.entity_fee, weights)
    name = "/".join((filing.opens.isoformat(), filing.closes.isoformat(), *filing.keys))
    batch_id = str(uuid.uuid5(_NAMESPACE, name))
    return {
        key: BatchPart(
            batch_id=batch_id,
            claim_ids=filing.claim_ids,
            case_ids=filing.case_ids,
            basis=filing.basis,
            rule=filing.rule,
            administrative_fee=administrative[n],
            entity_fee=entity[n],
        )
        for n, key in enumerate(filing.keys)
    }


def share_out(amount: Decimal, weights: Sequence[int]) -> list[Decimal]:
    """`amount` dollars over the weights in whole cents that add up to it."""
    cents_, whole = int(amount * 100), sum(weights)
    shares = [cents_ * weight // whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda n: (-(cents_ * weights[n] % whole), n))
    for n in order[: cents_ - sum(shares)]:
        shares[n] += 1
    return [Decimal(share).scaleb(-2) for share in shares]


def _window(dispute: Disputed, schedule: Schedule) -> tuple[date, date]:
    """First and last day on which IDR may be initiated."""
    dates = schedule.negotiation(dispute.negotiation_on)
    return dispute.after_cooling_off or (dates.idr_from, dates.idr_until)


def _closed(dispute: Disputed, schedule: Schedule, on: date, cooling: Cooling, *, in_doubt: bool) -> str:
    """Why a dispute cannot be filed on a day; empty where it can."""
    opens, closes = _window(dispute, schedule)
    if not opens <= on <= closes:
        return f"IDR may be initiated from {opens} to {closes}; 45 CFR 149.510(b)(2)"
    party = dispute.party or Party(payer_id=dispute.payer_id, tin=dispute.tin, codes=dispute.codes)
    stands = standing(party, cooling, on)
    if stands.binding is not None:
        return f"cooling off until {stands.binding.until}; {RULE}"
    if stands.doubtful is not None and not in_doubt:
        return (
            f"perhaps cooling off until {stands.doubtful.until}: whether the plan is that of the determination of "
            f"{stands.doubtful.determined_on} is for a person to say; {RULE}"
        )
    return ""


def _groups(
    disputes: Sequence[Disputed], schedule: Schedule, *, in_doubt: bool
) -> list[tuple[list[Disputed], BatchRule | None, str]]:
    """Disputes by what they must share: rule, plan or issuer, provider and code (or CPT section).

    Billed with the same TIN, or by the same NPI where the claim names no TIN (45 CFR 149.510(c)(3)(i)(A)).
    """
    grouped: dict[tuple[str, ...], list[Disputed]] = defaultdict(list)
    rules: dict[tuple[str, ...], BatchRule | None] = {}
    plans = {d.key: _plan(d) for d in disputes}
    known = {(d.payer_id, plans[d.key]) for d in disputes if plans[d.key]}
    for dispute in disputes:
        rule = in_force(schedule.rules.batching, dispute.negotiation_on)
        basis = _basis(dispute, rule)
        plan = plans[dispute.key]
        if not plan:
            theirs = [name for payer_id, name in known if payer_id == dispute.payer_id]
            plan = (theirs[0] if len(theirs) == 1 else "") if in_doubt else f"claim {dispute.claim_id}"
        provider = dispute.tin or dispute.npi
        key = (rule.key if rule else "", dispute.payer_id, plan, provider, basis or dispute.key)
        grouped[key].append(dispute)
        rules[key] = rule if basis else None
    return [(group, rules[key], key[-1]) for key, group in sorted(grouped.items())]


def _plan(dispute: Disputed) -> str:
    """Who pays: the issuer where the plan is insured, else the plan by its group number; empty where neither is known.

    A payer id tells neither, since an administrator answers for many plans under one (45 CFR 149.510(c)(3)(i)(B)).
    """
    party = dispute.party
    if party is None:
        return ""
    group = group_key(party.group_number)
    return "issuer" if party.funding == "insured" else f"group {group}" if group else ""


def _basis(dispute: Disputed, rule: BatchRule | None) -> str:
    """What the dispute can share with others: its one code, or its CPT section; empty where it stands alone."""
    codes = set(dispute.codes)
    if rule is None or not codes:
        return ""
    if rule.codes == "comparable":
        for name, low, high in _SECTIONS:
            if all(len(code) == len(low) and low <= code <= high for code in codes):
                return f"CPT section {name}"
    return f"code {codes.pop()}" if len(codes) == 1 else ""


def _alone(dispute: Disputed, rule: BatchRule | None) -> str:
    """On what basis one claim's lines are one filing; before the 2026 rule the entity judges unlike codes."""
    if len(set(dispute.codes)) > 1 and rule is not None and rule.codes == "same":
        return "one claim; its codes differ, and the entity judges whether they treat a similar condition"
    return "one claim"


def cuts_of(lines: int, rule: BatchRule | None) -> tuple[int, ...]:
    """The lines of each filing that a dispute of so many takes: one, unless a filing may not have them all."""
    most = rule.max_lines if rule is not None and rule.max_lines else lines
    return (*(most for _ in range(lines // most)), lines % most) if lines % most else (most,) * (lines // most)


def fees_for(
    rules: Rules, on: date, parts: Sequence[int], fee_share: Decimal, entity_name: str = ""
) -> tuple[Decimal, Decimal]:
    """The administrative and the entity's fee of filings of so many lines each, in dollars, on a day.

    The entity's is its own, where it is named and publishes one; else `fee_share` (0 to 1) is where in the published
    range it is expected. A batch costs more for each 25 lines from line 26 (88 FR 88494).
    """
    row = in_force(rules.entities.get(entity_name.casefold(), ()), on)
    published = {
        "idr_entity_single": row.single, "idr_entity_batched": row.batched, "idr_entity_extra_25": row.extra_25,
    } if row is not None else {}  # fmt: skip

    def expected(key: str) -> Decimal:
        if published.get(key):
            return published[key]
        fee = rules.fee(key, on)
        return fee.low + (fee.high - fee.low) * fee_share

    entity = ZERO
    for lines in parts:
        if lines < 2:
            entity += expected("idr_entity_single")
        else:
            more = -(-max(lines - _FREE_LINES, 0) // 25)
            entity += expected("idr_entity_batched") + expected("idr_entity_extra_25") * more
    return rules.fee("idr_admin", on).low * len(parts), cents(entity)


class _Planner:
    def __init__(self, schedule: Schedule, on: date, fee_share: Decimal, entity_name: str) -> None:
        self._entity_name = entity_name
        self._schedule = schedule
        self._on = on
        self._fee_share = fee_share

    def filing(self, group: Sequence[Disputed], rule: BatchRule | None, basis: str = "") -> Filing:
        lines = sum(len(d.codes) or 1 for d in group)
        windows = [_window(d, self._schedule) for d in group]
        shared, parts = len(group) > 1, (lines,)
        limit = rule if shared else in_force(self._schedule.rules.batching, group[0].negotiation_on)
        if not shared:
            parts, basis = cuts_of(lines, limit), _alone(group[0], limit)
        administrative, entity = fees_for(self._schedule.rules, self._on, parts, self._fee_share, self._entity_name)
        return Filing(
            kind="batch" if shared else "single",
            claim_ids=tuple(d.claim_id for d in group),
            case_ids=tuple(d.case_id for d in group) if any(d.case_id for d in group) else (),
            lines=lines,
            parts=parts if len(parts) > 1 else (),
            basis=basis,
            administrative_fee=administrative,
            entity_fee=entity,
            opens=max(opens for opens, _ in windows),
            closes=min(closes for _, closes in windows),
            rule=limit.rule if limit and (shared or len(parts) > 1) else "45 CFR 149.510(b)(2)",
        )

    def cheapest(
        self, group: Sequence[Disputed], rule: BatchRule | None, basis: str, singles: dict[str, Filing]
    ) -> list[Filing]:
        """Cut the group, in order of service, into the cheapest run of filings (dynamic programming)."""
        if rule is None or len(group) == 1:
            return [singles[d.key] for d in group]
        return _cheapest_cut(
            group, lambda part: singles[part[0].key] if len(part) == 1 else self._lawful(part, rule, basis)
        )

    def _lawful(self, part: Sequence[Disputed], rule: BatchRule, basis: str) -> Filing | None:
        """The batch, or None where it breaks the line limit or the service window."""
        lines = sum(len(d.codes) or 1 for d in part)
        if rule.max_lines and lines > rule.max_lines:
            return None
        near = self._schedule.days.between(part[0].service_on, part[-1].service_on) < rule.window_days
        return self.filing(part, rule, basis) if near or self._suspended_together(part, rule) else None

    def _suspended_together(self, part: Sequence[Disputed], rule: BatchRule) -> bool:
        """True if all waited for one cooling-off period, in whose days the services lie.

        29 CFR 2590.716-8(c)(3)(i)(D): "or the same 90-calendar-day period". What is known of it is the business day
        after it: where it ended on a day off, the days that it had for certain are taken.
        """
        opens = {d.after_cooling_off[0] for d in part if d.after_cooling_off}
        if not rule.suspension_days or len(opens) != 1 or not all(d.after_cooling_off for d in part):
            return False
        after = opens.pop()
        first, last = after - timedelta(days=rule.suspension_days), self._schedule.days.on_or_before(after - _ONE_DAY)
        return first <= part[0].service_on and part[-1].service_on <= last


def _cheapest_cut(group: Sequence[Disputed], price: Callable[[Sequence[Disputed]], Filing | None]) -> list[Filing]:
    best: list[tuple[Decimal, list[Filing]]] = [(ZERO, [])]
    for end in range(1, len(group) + 1):
        found: tuple[Decimal, list[Filing]] | None = None
        for start in range(end - 1, -1, -1):
            filing = price(group[start:end])
            if filing is None:
                break  # a longer batch breaks the same limit
            cost = best[start][0] + filing.fees
            if found is None or cost < found[0]:
                found = (cost, [*best[start][1], filing])
        assert found is not None
        best.append(found)
    return best[-1][1]
