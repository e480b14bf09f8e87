"""IDR batching: which disputes may share a filing, and the cheapest lawful plan.

Which disputes may be batched is a dated rule (rules/batching.csv), judged by the day open negotiation began. Fees are
those of the day of filing. The plan compares, for every group of disputes that may share a filing, one batch with
single filings and with every cut in between, and never puts a dispute where the rule does not allow it.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from services.appeals.domain.batch_part import BatchPart, keys_of
from services.appeals.domain.cooling_off import RULE, Cooling, Party, standing
from services.appeals.domain.schedule import Schedule
from services.appeals.domain.tables import BatchRule, in_force
from shared.money import ZERO, cents

Kind = Literal["single", "batch"]
_FREE_LINES = 25
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

    `claim_ids` and `case_ids` name its disputes as those of a `BatchPart` do.
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
    cooling: Cooling | None = None,
    in_doubt: bool = False,
) -> Plan:
    """The plan for filing on a day.

    Disputes whose window is closed that day, or whose parties and code are cooling off, are left out with the reason;
    those of which only a person can tell whether they are, too, unless they are asked for `in_doubt`.
    `fee_share` (0 to 1) is where in the published range the entity's fee is expected.
    """
    planner = _Planner(schedule, on, fee_share)
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
    for group, rule, basis in _groups(ready, schedule):
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


def _groups(disputes: Sequence[Disputed], schedule: Schedule) -> list[tuple[list[Disputed], BatchRule | None, str]]:
    """Disputes by what they must share: rule, payer, NPI, TIN and code (or CPT section)."""
    grouped: dict[tuple[str, ...], list[Disputed]] = defaultdict(list)
    rules: dict[tuple[str, ...], BatchRule | None] = {}
    for dispute in disputes:
        rule = in_force(schedule.rules.batching, dispute.negotiation_on)
        basis = _basis(dispute, rule)
        key = (rule.key if rule else "", dispute.payer_id, dispute.npi, dispute.tin, basis or dispute.key)
        grouped[key].append(dispute)
        rules[key] = rule if basis else None
    return [(group, rules[key], key[-1]) for key, group in sorted(grouped.items())]


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


class _Planner:
    def __init__(self, schedule: Schedule, on: date, fee_share: Decimal) -> None:
        self._schedule = schedule
        self._on = on
        rules = schedule.rules
        self._administrative = rules.fee("idr_admin", on).low

        def expected(key: str) -> Decimal:
            fee = rules.fee(key, on)
            return fee.low + (fee.high - fee.low) * fee_share

        self._single = expected("idr_entity_single")
        self._batched = expected("idr_entity_batched")
        self._extra = expected("idr_entity_extra_25")

    def filing(self, group: Sequence[Disputed], rule: BatchRule | None, basis: str = "") -> Filing:
        lines = sum(len(d.codes) or 1 for d in group)
        windows = [_window(d, self._schedule) for d in group]
        batched = len(group) > 1 or lines > 1
        fee = self._batched if batched else self._single
        if batched:
            fee += self._extra * -(-max(lines - _FREE_LINES, 0) // 25)
        return Filing(
            kind="batch" if len(group) > 1 else "single",
            claim_ids=tuple(d.claim_id for d in group),
            case_ids=tuple(d.case_id for d in group) if any(d.case_id for d in group) else (),
            lines=lines,
            basis=basis if len(group) > 1 else "one claim",
            administrative_fee=self._administrative,
            entity_fee=cents(fee),
            opens=max(opens for opens, _ in windows),
            closes=min(closes for _, closes in windows),
            rule=rule.rule if rule and len(group) > 1 else "45 CFR 149.510(b)(2)",
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
        first = part[0].service_on
        if self._schedule.days.between(first, part[-1].service_on) >= rule.window_days:
            return None
        return self.filing(part, rule, basis)


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
