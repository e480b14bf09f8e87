"""Benchmark's rules alone: how many remitted lines one core holds against the tables in a second.

In CPU time of this process, which other work on the machine does not change; decoding and storing are measured with the
service. The claims and remittances are those of the run.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec

from recoup_tools.bench.recording import Recorded
from services.benchmark.adapters.shipped import load_policy, reference_of
from services.benchmark.domain.assessment import Assessor
from services.benchmark.domain.distributions import KINDS, Row, Table, table_of
from shared.events.claims import ClaimFacts, ClaimReceived, RemittanceFacts, RemittanceReceived
from shared.events.codec import decode

Pairs = Sequence[tuple[ClaimFacts, RemittanceFacts]]
_SECONDS = 2.0
_SUBSCRIBED = ("recoup.claim.received.v1", "recoup.remittance.received.v1")


class Assessing(msgspec.Struct, frozen=True):
    """Lines per second of one core's time.

    On the first sight of every service, once each has been seen, and so with percentile tables of all kinds loaded for
    all codes.
    """

    lines: int
    cold_per_second: float
    warm_per_second: float
    with_tables_per_second: float


def pairs_of(log: Sequence[Recorded]) -> Pairs:
    """Every remittance of the log with its claim."""
    claims: dict[str, ClaimFacts] = {}
    found: list[tuple[ClaimFacts, RemittanceFacts]] = []
    for record in log:
        if record.type not in _SUBSCRIBED:
            continue
        event = decode(record.headers, record.value).data
        if isinstance(event, ClaimReceived):
            claims[event.claim_id] = event.claim
        elif isinstance(event, RemittanceReceived) and event.claim_id in claims:
            found.append((claims[event.claim_id], event.remittance))
    return found


def measure(pairs: Pairs, *, seconds: float = _SECONDS) -> Assessing:
    """Assess all pairs, again and again for `seconds` of CPU time once warm."""
    policy = load_policy()
    lines = sum(len(remittance.lines) for _, remittance in pairs)
    bare = Assessor(reference_of(), policy)
    cold = _pass(bare, pairs)
    warm = _rate(bare, pairs, lines, seconds)
    full = Assessor(reference_of(tables=_tables(pairs)), policy)
    _pass(full, pairs)
    return Assessing(lines, round(lines / cold), round(warm), round(_rate(full, pairs, lines, seconds)))


def summary(found: Assessing) -> str:
    """In one line."""
    return (
        f"benchmark's rules alone, one core: {found.warm_per_second:,.0f} lines/s warm, {found.cold_per_second:,.0f} "
        f"cold, {found.with_tables_per_second:,.0f} with percentile tables of every kind ({found.lines:,} lines)"
    )


def _pass(assessor: Assessor, pairs: Pairs) -> float:
    start = time.process_time()
    for claim, remittance in pairs:
        assessor.assess(claim, remittance)
    return max(time.process_time() - start, 1e-9)


def _rate(assessor: Assessor, pairs: Pairs, lines: int, seconds: float) -> float:
    elapsed, done = 0.0, 0
    while elapsed < seconds:
        elapsed += _pass(assessor, pairs)
        done += lines
    return done / elapsed


def _tables(pairs: Pairs) -> tuple[Table, ...]:
    """One row of each kind for every code, as large installations have them: charges, rates, each payer's history."""
    amounts = (Decimal("120.00"), Decimal("300.00"), Decimal("480.00"))
    services = {
        (line.code, "institutional" if claim.form == "institutional" else "professional", claim.payer_id)
        for claim, remittance in pairs
        for line in remittance.lines
    }
    tables: list[Table] = []
    for kind in KINDS:
        own = kind in ("in_network", "payer_history")
        keys = sorted({(code, form, payer if own else "") for code, form, payer in services})
        rows = [Row(code, "", form, "us", 100, amounts, payer=payer) for code, form, payer in keys]
        first, last = date(2000, 1, 1), date(2099, 12, 31)
        tables.append(table_of(f"bench {kind}", kind, first, last, (50, 80, 95), rows))
    return tuple(tables)
