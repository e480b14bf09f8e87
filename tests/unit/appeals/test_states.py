"""States' own processes: the table is whole, its dates are those of the statutes, and federal is never said over it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.appeals.adapters.rules import load_rules
from services.appeals.domain.eligibility import governing_law
from services.appeals.domain.judgement import Governing, Question
from services.appeals.domain.state_tables import StateRow
from services.appeals.domain.tables import Funding, PayerRow, Rules, Signal

RULES = load_rules()
D = date.fromisoformat
# CMS's chart of the federal process's applicability: the states with a law of their own for some claims
OWN = set(re.findall(r"\w+", "AK CA CO CT DE FL GA IL ME MD MI MO NE NV NH NJ NM NY OH TX VA WA"))
FEDERAL = re.findall(
    r"\w+",
    "AL AZ AR DC HI ID IN IA KS KY LA MA MN MS MT NC ND OK OR PA RI SC SD TN UT VT WV WI WY AS GU MP PR VI",
)
ALL = (*sorted(OWN), *FEDERAL)


def test_every_state_has_one_row_on_every_day_of_the_act() -> None:
    assert set(RULES.states) == set(ALL) and len(ALL) == 56
    for state, rows in RULES.states.items():
        ordered = sorted(rows, key=lambda row: row.start)
        assert ordered[0].start <= D("2022-01-01") and ordered[-1].end == D("9999-12-31"), state
        for before, after in pairwise(ordered):
            assert after.start - before.end == timedelta(days=1), f"{state}: a gap"


def test_the_22_states_have_a_process_of_their_own_and_no_other_has() -> None:
    on = D("2022-06-01")
    own = {state for state in ALL if (row := RULES.state_row(state, on)) is not None and row.mechanism != "none"}
    assert own == OWN


def test_no_row_decides_by_itself_and_what_is_unknown_is_said() -> None:
    for rows in RULES.states.values():
        for row in rows:
            assert row.status != "verified", "only people who answer for a row set it verified"
            assert row.source and row.law
            assert row.mechanism != "unknown" or row.note
            assert row.mechanism == "none" or row.covers


@pytest.mark.parametrize(
    ("state", "day_before", "mechanism_then", "mechanism_after"),
    [
        ("AK", "2023-12-31", "rate", "unknown"),  # 3 AAC 26.110 repealed on 1 January 2024
        ("WA", "2025-06-30", "arbitration", "unknown"),  # RCW 48.49.040(1); put off to 1 July 2025 at least
        ("NM", "2028-06-30", "rate", "unknown"),  # 59A-57A-13 repealed on 1 July 2028
    ],
)
def test_a_claim_is_judged_by_the_row_of_its_own_date(
    state: str, day_before: str, mechanism_then: str, mechanism_after: str
) -> None:
    day = D(day_before)
    then, after = RULES.state_row(state, day), RULES.state_row(state, day + timedelta(days=1))
    assert then is not None and after is not None
    assert (then.mechanism, after.mechanism) == (mechanism_then, mechanism_after)


def judge(
    state: str, funding: Funding, signals: tuple[Signal, ...] = ("emergency",), remarks: tuple[str, ...] = (),
    *, on: str = "2025-06-01", rules: Rules = RULES, code: str = "CI", facility: bool | None = None,
) -> Governing:  # fmt: skip
    payer = PayerRow(payer_id="P", funding=funding, source="test")
    question = Question(
        service_from=D(on), filing_indicator=code, payer_id="P", state=state, institutional=False, signals=signals,
        remarks=remarks, network_facility=facility, consent=False,
    )  # fmt: skip
    return governing_law(question, msgspec.structs.replace(rules, payers={"P": (payer,)}))


CASES: list[tuple[str, str, Funding, dict[str, Any], str, str]] = [
    ("no process of its own", "AZ", "unknown", {}, "federal", ""),
    ("a state that is none", "ZZ", "unknown", {}, "unknown", "a row for ZZ"),
    ("emergency only in Nebraska: anesthesia is federal", "NE", "unknown",
     {"signals": ("facility", "ancillary"), "facility": True}, "federal", ""),
    ("emergency in Nebraska", "NE", "insured", {}, "unknown", "verification"),
    ("California's reach to emergencies was not established", "CA", "insured", {}, "unknown", "reaches this kind"),
    ("Washington after the change is open", "WA", "insured", {"on": "2025-07-01"}, "unknown",
     "later date that the commissioner"),
    ("the payer names Washington's law, which may have changed", "WA", "insured",
     {"on": "2025-07-01", "remarks": ("N858",)}, "unknown", "the process that Washington has"),
    ("the payer names New York's law", "NY", "unknown", {"remarks": ("N858",)}, "state", ""),
    ("New Hampshire lets the provider choose", "NH", "insured", {}, "federal", ""),
    ("New Hampshire before 2025 did not", "NH", "insured",
     {"on": "2024-12-31", "signals": ("facility", "ancillary"), "facility": True}, "unknown", "verification"),
    ("the payer applied federal law to an insured plan", "TX", "insured", {"remarks": ("N859", "N864")}, "unknown",
     "why the payer applied federal law"),
    ("the payer applied federal law", "TX", "unknown", {"remarks": ("N859", "N864")}, "federal", ""),
    ("self-funded in Texas", "TX", "self_funded", {}, "federal", ""),
    ("self-funded in New Jersey may have opted in", "NJ", "self_funded", {}, "unknown", "opted in"),
    ("conditions are named", "OH", "insured", {}, "unknown", "over 750 dollars"),
    ("Federal Employees plan", "TX", "insured", {"code": "FI"}, "federal", ""),
    ("air ambulance", "TX", "insured", {"signals": ("air_ambulance",)}, "federal", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "state", "funding", "more", "law", "missing"), CASES, ids=[c[0] for c in CASES])
def test_state_or_federal(
    name: str, state: str, funding: Funding, more: dict[str, Any], law: str, missing: str
) -> None:
    found = judge(state, funding, **more)
    assert found.law == law, found
    assert missing in " ".join(found.missing)


def verified(state: str, on: date, **fields: Any) -> Rules:
    row = RULES.state_row(state, on)
    assert row is not None
    row = msgspec.structs.replace(row, status="verified", **fields)
    return msgspec.structs.replace(RULES, states={**RULES.states, state: (row,)})


def test_a_verified_row_decides_for_insured_plans_by_its_mechanism() -> None:
    on = D("2025-06-01")
    assert judge("TX", "insured", rules=verified("TX", on)).law == "state"
    assert judge("NM", "insured", rules=verified("NM", on)).law == "commercial", "a rate: dispute it with the plan"
    assert judge("WA", "insured", rules=verified("WA", on)).law == "state"
    later = D("2025-07-01")
    found = judge("WA", "insured", on="2025-07-01", rules=verified("WA", later))
    assert found.law == "unknown", "verified that it is not known"
    assert judge("MD", "insured", rules=verified("MD", on)).law == "unknown", "HMO or PPO is not known"


SIGNALS: list[tuple[Signal, ...]] = [("emergency",), ("facility", "ancillary"), ("facility",), ("air_ambulance",)]


@given(
    st.sampled_from(ALL), st.sampled_from(get_args(Funding)), st.sampled_from(SIGNALS),
    st.sets(st.sampled_from(["N859", "N864", "N865", "N877", "N858", "N883", "N885", "N882"]), max_size=3),
    st.dates(date(2022, 1, 1), date(2030, 12, 31)), st.sampled_from(["CI", "HM", "FI", ""]), st.booleans(),
)  # fmt: skip
@settings(max_examples=400, deadline=None)
def test_never_federal_where_the_states_law_governs(
    state: str, funding: Funding, signals: tuple[Signal, ...], remarks: set[str], on: date, code: str, sure: bool
) -> None:
    rules = verified(state, on) if sure else RULES
    found = judge(
        state, funding, signals, tuple(sorted(remarks)), on=on.isoformat(), rules=rules, code=code, facility=True
    )
    row = rules.state_row(state, on)
    assert row is not None and found.fired and all(fired.source for fired in found.fired)
    if found.law == "federal":
        assert _may_be_federal(row, found, funding, says_federal=bool(remarks & {"N859", "N864", "N865", "N877"}))
        assert not remarks & {"N858", "N883"}, "the payer applied state law"
    if found.law == "state":
        assert row.mechanism == "arbitration"
        assert remarks & {"N858", "N883"} or (row.status == "verified" and funding == "insured")
    if found.law == "unknown":
        assert found.missing


def _may_be_federal(row: StateRow, found: Governing, funding: Funding, *, says_federal: bool) -> bool:
    """The reasons there are, written again from 45 CFR 149.30 and not from the service's code."""
    if found.plan == "fehb" or found.scope == "air_ambulance" or row.mechanism == "none" or not row.exclusive:
        return True
    if funding == "self_funded" and not row.opt_in:
        return True
    if row.status != "seed" and not {found.scope, "unknown"} & set(row.covers):
        return True
    return says_federal and funding != "insured"
