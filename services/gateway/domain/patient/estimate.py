"""Good-faith estimates for patients without insurance or who do not use it, and when a bill may be disputed.

45 CFR 149.610 (the estimate: when it is due and what it holds) and 149.620 (the patient-provider dispute). Dollars.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from recoup_x12.codes import npi_is_valid
from shared.calendar import BusinessDays
from shared.money import ZERO, cents, total

THRESHOLD = Decimal("400.00")
"""A bill at least this much above the estimate, per provider or facility, may be disputed (149.620(a)(2)(ii))."""
DISPUTE_DAYS = 120
"""Calendar days to start a dispute, from the day the first bill that is too high was received (149.620(c)(1)(i))."""

Coverage = Literal["uninsured", "self_pay"]
Reason = Literal["eligible", "below_threshold", "not_on_estimate", "too_late", "billed_to_plan"]


class Patient(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom the estimate is for; kept nowhere."""

    name: str
    born_on: date


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An item or service. `charge` for one unit: the cash price, discounts taken off (149.610(a)(2)(v))."""

    description: str
    code: str
    charge: Decimal
    quantity: Decimal = Decimal(1)
    diagnoses: tuple[str, ...] = ()

    @property
    def expected(self) -> Decimal:
        """The expected charge in whole cents."""
        return cents(self.charge * self.quantity)


class Provider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A provider or facility with what it is expected to render. The first of an estimate is the convening one."""

    name: str
    npi: str
    tin: str
    location: str
    state: str
    items: tuple[Item, ...]

    @property
    def expected(self) -> Decimal:
        """The sum of its expected charges."""
        return total(item.expected for item in self.items)


class Recurring(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Care that recurs under one estimate (149.610(b)(1)(x)): how often in plain words, and from when to when.

    Each item's `quantity` is how many are expected over all of that time.
    """

    frequency: str
    first: date
    last: date


class EstimateRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All an estimate is made from. `service` in plain words; `separate` is care that must be scheduled on its own."""

    patient: Patient
    service: str
    providers: tuple[Provider, ...]
    issued_on: date
    coverage: Coverage = "uninsured"
    scheduled_on: date | None = None
    scheduled_for: date | None = None
    requested_on: date | None = None
    separate: tuple[str, ...] = ()
    phone: str = ""
    recurring: Recurring | None = None


class ProviderTotal(msgspec.Struct, frozen=True):
    """Expected charges of one provider, in dollars."""

    npi: str
    name: str
    expected: Decimal


class Estimate(msgspec.Struct, frozen=True):
    """An estimate computed. `due_on` is None where the rule asks for none; `lacks` names missing required content.

    `wrong` names what cannot be, and why.

    `revise_by` is the last day to issue a new one where what is expected changes (149.610(b)(1)(vii)).
    """

    total: Decimal
    providers: tuple[ProviderTotal, ...]
    due_on: date | None
    late: bool
    revise_by: date | None
    lacks: tuple[str, ...]
    wrong: tuple[str, ...] = ()


class Bill(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bill as the patient received it; `replaces` is the NPI on the estimate whose place this provider took."""

    npi: str
    billed: Decimal
    received_on: date
    replaces: str = ""


class DisputeRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An estimate, the bills that came, and the day on which it is asked."""

    estimate: EstimateRequest
    bills: tuple[Bill, ...]
    on: date
    billed_to_plan: bool = False


class Comparison(msgspec.Struct, frozen=True):
    """One provider's bills against its part of the estimate. `start_by` is the last day to start a dispute."""

    npi: str
    expected: Decimal | None
    billed: Decimal
    above: Decimal | None
    reason: Reason
    start_by: date | None = None

    @property
    def eligible(self) -> bool:
        """True if the patient may start patient-provider dispute resolution (45 CFR 149.620)."""
        return self.reason == "eligible"


def compute_estimate(request: EstimateRequest) -> Estimate:
    """The estimate with its sums, its due day and what it lacks."""
    due = due_on(request.scheduled_on, request.scheduled_for, request.requested_on)
    parts = tuple(ProviderTotal(p.npi, p.name, p.expected) for p in request.providers)
    return Estimate(
        total=total(part.expected for part in parts),
        providers=parts,
        due_on=due,
        late=due is not None and request.issued_on > due,
        revise_by=_step(request.scheduled_for, -1) if request.scheduled_for else None,
        lacks=lacks(request),
        wrong=wrong(request),
    )


def due_on(scheduled_on: date | None, scheduled_for: date | None, requested_on: date | None) -> date | None:
    """The last day to give the estimate (149.610(b)(1)(vi)); the earliest where several rules apply.

    Scheduled at least 10 business days ahead: 3 business days after scheduling. At least 3 ahead: 1 business day. On
    request: 3 business days. Scheduled less than 3 business days ahead and not asked for: none is due.
    """
    days: list[date] = []
    if scheduled_on and scheduled_for:
        if _step(scheduled_on, 10) <= scheduled_for:
            days.append(_step(scheduled_on, 3))
        elif _step(scheduled_on, 3) <= scheduled_for:
            days.append(_step(scheduled_on, 1))
    if requested_on:
        days.append(_step(requested_on, 3))
    return min(days, default=None)


def lacks(request: EstimateRequest) -> tuple[str, ...]:
    """Content that 149.610(c)(1) asks for and the request does not hold, as places in it."""
    found = [] if request.patient.name.strip() else ["patient.name"]
    found += [] if request.service.strip() else ["service"]
    found += [] if request.providers else ["providers"]
    for n, provider in enumerate(request.providers):
        at = f"providers[{n}]"
        found += [f"{at}.{name}" for name in ("name", "location", "state") if not getattr(provider, name).strip()]
        found += [] if _digits(provider.npi, 10) else [f"{at}.npi"]
        found += [] if _digits(provider.tin.replace("-", ""), 9) else [f"{at}.tin"]
        found += [] if provider.items else [f"{at}.items"]
        for m, item in enumerate(provider.items):
            place = f"{at}.items[{m}]"
            found += [f"{place}.{name}" for name in ("description", "code") if not getattr(item, name).strip()]
            found += [f"{place}.{name}" for name in ("charge", "quantity") if not _positive(getattr(item, name), name)]
    if (request.scheduled_on is None) != (request.scheduled_for is None):
        found.append("scheduled_on" if request.scheduled_on is None else "scheduled_for")
    return tuple(found)


def wrong(request: EstimateRequest) -> tuple[str, ...]:
    """What cannot be: the place in the request, and why."""
    made, asked, planned, day = request.issued_on, request.requested_on, request.scheduled_on, request.scheduled_for
    found: list[str] = []
    if request.patient.born_on > made:
        found.append("patient.born_on: after the day of the estimate")
    if planned is not None and day is not None and day < planned:
        found.append("scheduled_for: before scheduled_on")
    found += [
        f"issued_on: before {name}"
        for name, since in (("scheduled_on", planned), ("requested_on", asked))
        if since is not None and made < since
    ]
    found += [
        f"providers[{n}].npi: its check digit is wrong"
        for n, provider in enumerate(request.providers)
        if _digits(provider.npi, 10) and not npi_is_valid(provider.npi)
    ]
    return (*found, *_wrong_scope(request.recurring))


def _wrong_scope(recurring: Recurring | None) -> list[str]:
    """Recurring care is estimated for twelve months at most (149.610(b)(1)(x)(B))."""
    if recurring is None:
        return []
    found = [] if recurring.frequency.strip() else ["recurring.frequency: empty"]
    if recurring.last < recurring.first:
        found.append("recurring.last: before recurring.first")
    elif recurring.last >= _a_year_after(recurring.first):
        found.append("recurring.last: more than twelve months from recurring.first")
    return found


def _a_year_after(day: date) -> date:
    return date(day.year + 1, 3, 1) if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 1)


def compare(request: DisputeRequest) -> tuple[Comparison, ...]:
    """Each provider's bills against the estimate, in the order in which the providers' first bills came."""
    expected: dict[str, Decimal] = {}  # clinicians who bill under one NPI are one provider
    for provider in request.estimate.providers:
        expected[provider.npi] = expected.get(provider.npi, ZERO) + provider.expected
    by_provider: dict[str, list[Bill]] = {}
    for bill in sorted(request.bills, key=lambda b: b.received_on):
        by_provider.setdefault(bill.npi, []).append(bill)
    return tuple(_compare(request, npi, bills, expected) for npi, bills in by_provider.items())


def _compare(request: DisputeRequest, npi: str, bills: Sequence[Bill], expected: dict[str, Decimal]) -> Comparison:
    billed = total(bill.billed for bill in bills)
    named = next((bill.replaces for bill in bills if bill.replaces), npi)
    estimate = expected.get(npi, expected.get(named))
    if estimate is None:
        return Comparison(npi, None, billed, None, "not_on_estimate")
    above = billed - estimate
    if request.billed_to_plan:
        return Comparison(npi, estimate, billed, above, "billed_to_plan")
    if above < THRESHOLD:
        return Comparison(npi, estimate, billed, above, "below_threshold")
    start_by = _first_too_high(bills, estimate) + timedelta(days=DISPUTE_DAYS)
    return Comparison(npi, estimate, billed, above, "too_late" if request.on > start_by else "eligible", start_by)


def _first_too_high(bills: Sequence[Bill], estimate: Decimal) -> date:
    billed = ZERO
    for bill in bills:
        billed += bill.billed
        if billed - estimate >= THRESHOLD:
            return bill.received_on
    return bills[-1].received_on  # later corrections took it below and above again


def _digits(text: str, count: int) -> bool:
    return len(text) == count and text.isascii() and text.isdigit()


def _positive(value: Decimal, name: str) -> bool:
    return value.is_finite() and (value > 0 or (name == "charge" and value == 0))


def _step(day: date, count: int) -> date:
    """The business day `count` business days after `day` (before it where negative); `day` itself is not counted."""
    return _DAYS.after(day, count) if count > 0 else _DAYS.before(day, -count)


_DAYS = BusinessDays()
