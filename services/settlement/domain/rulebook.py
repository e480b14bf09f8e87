"""What decisions are made by, read from its files: text in, checked structs out."""

from __future__ import annotations

import tomllib
from decimal import Decimal
from zoneinfo import ZoneInfo

import msgspec

from services.settlement.domain import fees, policy
from services.settlement.domain.fees import FeeTable
from services.settlement.domain.payer_history import PayerHistory
from services.settlement.domain.policy import Policy
from services.settlement.domain.public_record import PublicRecord
from shared.calendar import EASTERN


class Rulebook(msgspec.Struct, frozen=True):
    """What decisions are made by: one version each of policy, payers' record and fees, and where days are counted.

    `public` is the Departments' record of IDR; without it the policy's starting belief stands alone.
    """

    policy: Policy
    record: PayerHistory
    fees: FeeTable
    zone: ZoneInfo = EASTERN
    public: PublicRecord | None = None


class RecordError(ValueError):
    """A payers' record that must not be used."""


def parse_record(text: str) -> PayerHistory:
    """Read and check a record in TOML; `RecordError` says what is wrong."""
    try:
        record = msgspec.convert(tomllib.loads(text, parse_float=Decimal), PayerHistory, strict=False)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise RecordError(f"record: {error}") from None
    keys = [(t.forum, t.specialty, t.payer) for t in record.tallies]
    if len(keys) != len(set(keys)):
        raise RecordError("record: two tallies of one forum, specialty and payer")
    for n, t in enumerate(record.tallies):
        if t.payer and not t.specialty:
            raise RecordError(f"record: tallies[{n}] has a payer without a specialty; payers stand within a specialty")
        if not 0 <= t.won <= t.decided or min(t.awards, t.offers, t.payments) < 0:
            raise RecordError(f"record: tallies[{n}] has more won than decided, or a negative count")
    return record


def assemble(policy_text: str, record_text: str, fees_text: str, *, source: str = "policy") -> Rulebook:
    """One rulebook from its three files; the errors of each name what is wrong."""
    return Rulebook(policy.parse(policy_text, source=source), parse_record(record_text), fees.parse(fees_text))
