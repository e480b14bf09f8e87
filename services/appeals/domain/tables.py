"""The rule tables as types.

Their rows live in `services/appeals/rules/*.csv`, with sources, for staff to read and extend; an adapter loads and
checks them at start. A row holds from `start` to `end`, both included.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from services.appeals.domain.rows import Row, in_force
from services.appeals.domain.state_tables import ExternalReviewRow, PromptPayRow, StateRow, StateStep, StateThreshold
from services.appeals.domain.steps import ForumName
from shared.calendar import Unit
from shared.events.pursuit import PlanClass

Funding = Literal["self_funded", "insured", "unknown"]
RarcEffect = Literal[
    "jurisdiction_open",
    "state_law",
    "federal",
    "federal_emergency",
    "federal_facility",
    "federal_air",
    "qpa",
    "qpa_above_charge",
    "all_payer",
    "final_negotiated",
    "final_award",
    "clock_denied",
    "clock_initial",
    "consent_invalid",
    "consent_valid",
    "federal_maybe",
    "federal_denied",
    "must_be_named",
    "erisa_alone",
    "not_erisa_alone",
]
Signal = Literal[
    "emergency",
    "emergency_code",
    "hospital",
    "facility",
    "office",
    "freestanding",
    "air_ambulance",
    "ground_ambulance",
    "ancillary",
    "stay",
    "laboratory",
    "remote",
    "critical_care",
]
SignalField = Literal["place", "bill_type", "revenue", "code", "modifier", "taxonomy"]
Remedy = Literal[
    "correct_and_resubmit",
    "resubmit_as_new_claim",
    "patient_information",
    "verify_coverage_and_resubmit",
    "send_records",
    "medical_necessity_appeal",
    "coding_appeal",
    "timely_filing_proof",
    "authorization_appeal",
    "prudent_layperson_appeal",
    "network_gap_exception",
    "nsa_misprocessing_appeal",
    "contract_dispute",
    "plan_document_appeal",
    "payment_appeal",
    "underpayment_appeal",
    "direct_payment_appeal",
    "open_negotiation",
    "bill_other_payer",
    "not_appealable",
]


NEGOTIATE: Remedy = "open_negotiation"
"""An underpayment under federal law is negotiated."""
APPEAL_UNDERPAYMENT: Remedy = "underpayment_appeal"
"""Every other underpayment is appealed."""


class Fee(Row, frozen=True, kw_only=True):
    """A fee in dollars by the date the dispute is initiated; `low` = `high` where it is fixed."""

    key: str
    low: Decimal
    high: Decimal


class Limit(Row, frozen=True, kw_only=True):
    """A time limit: `count` days of `unit`."""

    key: str
    count: int
    unit: Unit
    rule: str
    note: str = ""


class ExtensionRow(Row, frozen=True, kw_only=True):
    """A last day of the limit `key` from `due_from` to `due_to` that the Departments moved to `until`.

    `applies`: to `all` by itself, or to those `affected`, for whom a person records it with the case.
    """

    key: str
    due_from: date
    due_to: date
    until: date
    applies: Literal["all", "affected"]
    rule: str
    note: str = ""


class BatchRule(Row, frozen=True, kw_only=True):
    """Which disputes may share one IDR filing, by the day open negotiation starts. `max_lines` 0: no limit.

    `window_days`: business days within which the services lie; or they lie in the `suspension_days` of one cooling-off
    period that the disputes waited for (0: not). `codes`: `same` one service code; `comparable` same code, one claim
    form, or one CPT section for anesthesia, radiology and pathology.
    """

    key: str
    max_lines: int
    window_days: int
    suspension_days: int
    codes: Literal["same", "comparable"]
    rule: str


class EntityRow(Row, frozen=True, kw_only=True):
    """A certified IDR entity while it is certified, with its fixed fees in dollars where it publishes them (0: not).

    `extra_25` is of each 25 lines of a batch from line 26 on.
    """

    name: str
    single: Decimal = Decimal(0)
    batched: Decimal = Decimal(0)
    extra_25: Decimal = Decimal(0)
    note: str = ""


class CircuitRow(Row, frozen=True, kw_only=True):
    """The federal circuit of a state (28 USC 41), and whether its courts let a provider sue for an unpaid award."""

    state: str
    circuit: str
    action: Literal["no", "yes", "open"] = "open"
    note: str = ""


class PlanRow(Row, frozen=True, kw_only=True):
    """What a claim filing indicator (SBR09) says about the plan's law."""

    code: str
    plan: PlanClass
    rule: str = ""
    note: str = ""


class PayerRow(Row, frozen=True, kw_only=True):
    """What staff know about one payer: funding of its plans, its appeal levels, its limits in days (0: unknown).

    A row with a `group_number` is of that plan alone, and goes before the payer's own.
    """

    payer_id: str
    group_number: str = ""
    funding: Funding = "unknown"
    levels: int = 0
    level_2_days: int = 0
    timely_filing_days: int = 0
    note: str = ""


class RegisteredFact(Row, frozen=True, kw_only=True):
    """What another record says of the plan of a payer that a group number names, and since when it is known here."""

    payer_id: str
    group_number: str
    what: Literal["funding", "kind", "sponsor", "state", "name", "ein", "hios"]
    value: str
    known_on: date


class RarcRow(Row, frozen=True, kw_only=True):
    """What a remark code tells us about the governing law; `state` where it names one state's law."""

    code: str
    effect: RarcEffect
    state: str = ""
    note: str = ""


class SignalRow(Row, frozen=True, kw_only=True):
    """Codes from `low` to `high` in a claim field that show a kind of service."""

    field: SignalField
    low: str
    high: str
    signal: Signal


class RemedyRow(Row, frozen=True, kw_only=True):
    """Cause and remedy of a denial by CARC, narrowed by group, remark code and setting (empty: any).

    The row with the most conditions met wins, of two the one of more `weight`; between CARCs of one claim the highest
    `weight` wins. Rows of the CARC `*` stand beside those that name no cause themselves. `external`: the
    denial can go to external review (45 CFR 147.136(d)). `needs` is what the filing must contain.
    """

    carc: str
    cause: str
    remedy: Remedy
    weight: int
    group: str = ""
    rarc: str = ""
    setting: Literal["", "emergency", "nsa"] = ""
    external: bool = False
    needs: tuple[str, ...] = ()
    note: str = ""


class DocumentRow(Row, frozen=True, kw_only=True):
    """A document that belongs to a filing, its template and what must be known before it is ready.

    `exhibit` marks federal IDR papers, which may not cite the figures that 45 CFR 149.510(c)(4)(v) bars. `to`: whom it
    is for, the filing's addressee, the federal portal alone (an upload), or the IDR entity alone (an offer, which the
    other party must not see).
    """

    kind: str
    forum: ForumName
    level: int
    template: str
    version: str
    exhibit: bool
    to: Literal["addressee", "portal", "entity"] = "addressee"
    needs: tuple[str, ...] = ()


class PortalField(Row, frozen=True, kw_only=True):
    """What a federal form asks: `key` is where a paper's data has the answer; `lines`: it is asked of each line."""

    form: str
    field: str
    key: str
    required: bool
    lines: bool


def group_key(text: str) -> str:
    """A group's number or name without case, blanks and marks; empty where it names no group."""
    key = "".join(c for c in text.upper() if c.isalnum())
    return "" if key in _NO_GROUP or not key.strip("0") else key


_NO_GROUP = frozenset(("NONE", "NA", "NOGROUP", "UNKNOWN", "INDIVIDUAL"))
"""What senders write where there is no group."""


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """All tables, keyed for lookup. `release` is the hash of the files they came from."""

    release: str
    fees: dict[str, tuple[Fee, ...]]
    limits: dict[str, tuple[Limit, ...]]
    extensions: dict[str, tuple[ExtensionRow, ...]]
    batching: tuple[BatchRule, ...]
    entities: dict[str, tuple[EntityRow, ...]]
    circuits: dict[str, tuple[CircuitRow, ...]]
    states: dict[str, tuple[StateRow, ...]]
    state_steps: dict[str, tuple[StateStep, ...]]
    state_thresholds: dict[str, tuple[StateThreshold, ...]]
    external_reviews: dict[str, tuple[ExternalReviewRow, ...]]
    prompt_pay: dict[str, tuple[PromptPayRow, ...]]
    plans: dict[str, tuple[PlanRow, ...]]
    payers: dict[str, tuple[PayerRow, ...]]
    plan_registry: dict[str, tuple[RegisteredFact, ...]]
    rarcs: dict[str, tuple[RarcRow, ...]]
    signals: dict[SignalField, tuple[SignalRow, ...]]
    remedies: dict[str, tuple[RemedyRow, ...]]
    documents: dict[ForumName, tuple[DocumentRow, ...]]
    portal_fields: dict[str, tuple[PortalField, ...]]

    def fee(self, key: str, on: date) -> Fee:
        """The fee in force on a day; `LookupError` where the table has none."""
        row = in_force(self.fees.get(key, ()), on)
        if row is None:
            raise LookupError(f"no fee {key} on {on}: add a row to fees.csv")
        return row

    def limit(self, key: str, on: date) -> Limit:
        """The limit in force on a day; `LookupError` where the table has none."""
        row = in_force(self.limits.get(key, ()), on)
        if row is None:
            raise LookupError(f"no limit {key} on {on}: add a row to limits.csv")
        return row

    def state_row(self, state: str, on: date) -> StateRow | None:
        """What the table says of a state on a day, or None where it says nothing."""
        return in_force(self.states.get(state, ()), on)

    def state(self, state: str, on: date) -> StateRow | None:
        """The state's own process on a day, or None where it has none or none is known."""
        row = self.state_row(state, on)
        return None if row is None or row.mechanism == "none" else row

    def prompt_pay_of(self, state: str, on: date) -> PromptPayRow | None:
        """The state's prompt-pay law on a day, or None where the table has none."""
        return in_force(self.prompt_pay.get(state, ()), on)

    def external_review(self, state: str, on: date) -> ExternalReviewRow | None:
        """Who reviews denials of insured plans of a state on a day, or None where the table says nothing."""
        return in_force(self.external_reviews.get(state, ()), on)

    def plan(self, code: str, on: date) -> PlanRow | None:
        """What a claim filing indicator says on a day."""
        return in_force(self.plans.get(code, ()), on)

    def payer(self, payer_id: str, on: date, group_number: str = "") -> PayerRow | None:
        """What staff recorded about a plan of a payer by its group number, else about the payer."""
        rows, group = self.payers.get(payer_id, ()), group_key(group_number)
        own = in_force((row for row in rows if group and group_key(row.group_number) == group), on)
        return own or in_force((row for row in rows if not row.group_number), on)

    def registered(self, payer_id: str, on: date, group_number: str) -> tuple[RegisteredFact, ...]:
        """What other records say on a day of the plan that a group number names; nothing where none is named."""
        group = group_key(group_number)
        rows = self.plan_registry.get(payer_id, ()) if group else ()
        return tuple(row for row in rows if group_key(row.group_number) == group and row.start <= on <= row.end)

    def rarc(self, code: str, on: date) -> RarcRow | None:
        """What a remark code says."""
        return in_force(self.rarcs.get(code, ()), on)
