"""The states' laws as rows: whom a process reaches, what it asks for step by step, and from which amount on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from services.appeals.domain.rows import Row
from shared.calendar import Unit

Status = Literal["seed", "read", "verified"]
Providers = Literal["any", "professional", "facility"]
StepName = Literal[
    "ask", "talks", "file", "settle", "select", "information", "answer", "offer", "decide", "pay", "suit"
]  # fmt: skip
"""The steps of a state's process.

`ask`: the plan is asked to negotiate, or to decide by its own dispute process. `talks`: that is over. `file`: the state
is asked. `settle`: talks after that. `select`: who decides is chosen. `information`: what the reviewer asks us for.
`answer`: the other side says or shows what it has to. `offer`: our final offer and argument. `decide`, `pay`: the
decision, and its payment. `suit`: the last day to go to court.
"""
StepMover = Literal["provider", "payer", "both", "state"]


class StateRow(Row, frozen=True, kw_only=True):
    """How a state prices out-of-network care of insured plans; `mechanism` `none` leaves it to the federal process.

    `status`: `seed` was collected from secondary sources, `read` in the text behind `source`, `verified` by a person
    who answers for it; only the last decides by itself. `covers` names the protected services it reaches, and `unknown`
    where its reach to the others was not established; air ambulance is federal in every state. `conditions` is what
    else must hold. `exclusive` is false where the provider may choose the federal process. `all_payer`: the services
    for which the state sets what every payer owes, self-funded plans too. Its steps and limits are `StateStep`s.
    """

    state: str
    name: str
    law: str
    body: str = ""
    plans: tuple[Literal["insured", "hmo", "ppo"], ...] = ("insured",)
    providers: Providers = "any"
    covers: tuple[Literal["emergency", "facility", "unknown"], ...]
    status: Status
    mechanism: Literal["arbitration", "rate", "mediation", "complaint", "none", "unknown"]
    conditions: str = ""
    opt_in: bool = False
    exclusive: bool = True
    all_payer: Literal["", "hospital"] = ""
    note: str = ""


class StateStep(Row, frozen=True, kw_only=True):
    """One step of a state's process: `count` units from the day `after` (0: no limit is known).

    `after` is `payment` (its receipt), `service` (its last day), a step before it, or another event that is told
    (`asked`). `opens` units from there is its first day; without it a filing opens on the day after the `talks`.
    `form` is what it is done on, `asks` what that must say, `fee` who pays what, in words. `binding`: what was not done
    in time closes the process. `verify` is what a person must still make sure of, `read_on` when the source was read.
    """

    state: str
    step: StepName
    label: str
    mover: StepMover
    after: str
    count: int = 0
    unit: Unit = "calendar"
    opens: int = 0
    providers: Providers = "any"
    form: str = ""
    asks: str = ""
    fee: str = ""
    rule: str
    status: Status
    read_on: date
    binding: bool = False
    verify: str = ""


class StateThreshold(Row, frozen=True, kw_only=True):
    """The least amount, in dollars, from which a state's process is open.

    `measure`: the dollars `billed`; `disputed`, what we expect beyond what was allowed; or the `gap` between the final
    offers, which is at most what was billed beyond what was allowed. `billed_from` and `billed_below` bound the charges
    that the row is for. `amount` 0: there is an amount, and it is not known.
    """

    state: str
    measure: Literal["billed", "disputed", "gap"]
    amount: Decimal
    billed_from: Decimal = Decimal(0)
    billed_below: Decimal = Decimal("9999999")
    providers: Providers = "any"
    rule: str
    status: Status
    verify: str = ""


class ExternalReviewRow(Row, frozen=True, kw_only=True):
    """Who reviews a denial of an insured plan from outside, by the state in which it was issued.

    `process`: the `state`'s own; `federal`, the HHS-administered one or a review organization that the insurer
    contracts; `unknown`, where sources disagree. `days` is the state's own limit in calendar days where it may be
    shorter than four months, else 0. `verify` is what a person must still make sure of.
    """

    state: str
    name: str
    process: Literal["state", "federal", "unknown"]
    days: int = 0
    status: Status
    read_on: date
    verify: str = ""


class PromptPayRow(Row, frozen=True, kw_only=True):
    """How soon a state's law makes insured plans pay a clean claim, by how it was sent, and interest in % a year.

    `unit` is of the days; 0 days or interest: unknown. Self-funded plans are outside it.
    """

    state: str
    name: str
    electronic: int
    paper: int
    unit: Unit
    interest: Decimal
    law: str
    status: Status
    note: str = ""
