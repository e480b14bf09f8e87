"""The steps of the states' processes, each day counted by hand from the law that its row names."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from services.appeals.adapters.rules import load_rules
from services.appeals.domain.deadline_calendar import deadline_calendar
from services.appeals.domain.forums.state_process.ladder import Ladder, Start, ladder_of, steps_of
from services.appeals.domain.schedule import Known, Schedule
from services.appeals.domain.state_thresholds import Amounts, thresholds_of
from shared.calendar import BusinessDays

RULES = load_rules()
SCHEDULE = Schedule(RULES, BusinessDays())
D = date.fromisoformat
IN_FULL = ("TX", "NY", "NJ", "FL", "GA", "CA", "VA", "WA", "CO", "IL")


def climb(state: str, received: str, *, served: str = "2024-12-01", at_hospital: bool = False, **told: str) -> Ladder:
    rows = steps_of(RULES, state, D(served), institutional=at_hospital)
    known = {name: D(day) for name, day in told.items()}
    return ladder_of(SCHEDULE, rows, Start(payment=D(received), service=D(served), reported=known))


def professional(state: str, **told: str) -> Ladder:
    return climb(state, "2025-01-15", **told)


# received on Wednesday 15 January 2025 unless said; Washington's birthday is 17 February
DAYS: list[tuple[Ladder, str, str, str]] = [
    # Tex. Ins. Code 1467.084(a): the 90th day, and not in the first 20
    (professional("TX"), "file", "2025-02-04", "2025-04-15"),
    (professional("TX", file="2025-04-01"), "settle", "", "2025-05-01"),  # 1467.084(d)
    (professional("TX", file="2025-04-01"), "select", "", "2025-05-01"),  # 1467.086(a): 30th day
    (professional("TX", file="2025-04-01"), "decide", "", "2025-05-22"),  # 1467.088(a): 51st day
    (climb("TX", "2025-01-15", at_hospital=True, decide="2025-06-02"), "suit", "", "2025-07-17"),  # 1467.0575: 45th
    (professional("NY"), "file", "", "2028-01-15"),  # Fin. Serv. Law 601: three years
    (professional("NY", file="2025-03-03"), "decide", "", "2025-04-14"),  # 605(a)(3): 30 business days
    (professional("NY", asked="2025-03-06"), "information", "", "2025-03-11"),  # 23 NYCRR 400.8(b)(2): 3 business days
    (professional("NJ"), "talks", "", "2025-03-16"),  # S1177 of 2022: 60 days
    (professional("NJ"), "file", "2025-03-17", "2025-04-15"),  # 90 days
    (professional("NJ"), "ask", "", "2025-02-14"),  # not known: a stand-in of 30 days
    (climb("NJ", "2022-12-14", served="2022-10-27"), "file", "2023-01-13", "2023-01-13"),  # before S1177: 30 and 30
    (climb("NJ", "2022-12-14", served="2022-10-28"), "file", "2023-02-13", "2023-03-14"),  # its first day
    (professional("FL"), "file", "", "2026-01-15"),  # Fla. Stat. 408.7057(2)(d): 12 months
    (professional("FL", asked="2025-06-10"), "answer", "", "2025-06-25"),  # Rule 59A-12.030(8): 15 days
    (professional("FL", file="2025-06-02"), "decide", "", "2025-08-01"),  # 60 days
    (professional("FL", decide="2025-07-15"), "pay", "", "2025-08-19"),  # 35 days
    (climb("GA", "2023-08-16", served="2023-06-30"), "file", "", "2023-09-15"),  # O.C.G.A. 33-20E-9 of 2020: 30 days
    (climb("GA", "2023-08-16", served="2023-07-01"), "file", "", "2023-10-15"),  # 2023 Ga. Laws 223: 60 days
    (professional("GA", file="2025-02-03"), "settle", "", "2025-03-05"),  # 33-20E-12: 30 days
    (professional("GA", file="2025-02-03"), "answer", "", "2025-03-05"),  # 33-20E-11: 30 days
    (professional("GA", referred="2025-03-06"), "select", "", "2025-03-11"),  # 33-20E-13: five days
    (professional("GA", select="2025-03-10"), "offer", "", "2025-03-20"),  # 33-20E-14: ten days
    (professional("GA", decide="2025-04-10"), "pay", "", "2025-04-25"),  # 33-20E-16: 15 days
    (professional("CA"), "ask", "", "2025-02-14"),  # not known: a stand-in
    (professional("CA", ask="2025-02-03"), "talks", "", "2025-04-08"),  # 45 working days
    (professional("CA", ask="2025-02-03"), "file", "2025-04-09", "2026-02-03"),  # 365 days, from the earliest answer
    (professional("VA"), "ask", "", "2025-02-14"),  # Va. Code 38.2-3445.01: 30 days
    (professional("VA"), "talks", "", "2025-02-14"),
    (professional("VA"), "file", "2025-02-15", "2025-02-24"),  # 38.2-3445.02 A: 10 days after the negotiation
    (professional("VA", file="2025-02-20"), "select", "", "2025-02-25"),  # 14VAC5-405-40 C 1: five days
    (professional("VA", file="2025-02-20"), "answer", "", "2025-03-22"),  # 38.2-3445.02 A: 30 days
    (professional("WA"), "ask", "", "2025-02-14"),
    (professional("WA"), "file", "2025-02-15", "2025-02-24"),  # RCW 48.49.040: 10 days after 30
    (professional("WA", offer="2025-04-01"), "decide", "", "2025-05-01"),  # 30 days after the submissions
    (professional("CO"), "file", "", "2025-04-15"),  # Regulation 4-2-65: 90 days
    (professional("CO", file="2025-03-03"), "select", "", "2025-04-02"),  # 30 days
    (professional("CO", select="2025-03-20"), "offer", "", "2025-04-19"),  # 30 days after the appointment
    (professional("CO", select="2025-03-20"), "decide", "", "2025-05-04"),  # 45 days after it
    (professional("CO", decide="2025-05-02"), "pay", "", "2025-06-01"),  # 30 days
    (professional("IL"), "ask", "", "2025-02-14"),  # not known: a stand-in
    (professional("IL"), "talks", "", "2025-02-14"),  # 30 days
    (professional("IL"), "file", "2025-02-15", "2025-03-17"),  # no limit was found: a stand-in of 30 days
    (professional("ME", file="2025-03-03"), "decide", "", "2025-04-02"),  # 24-A M.R.S. 4303-E: 30 days
    (professional("MO"), "file", "2025-03-17", "2025-07-14"),  # RSMo 376.690: 60 days of talks, 120 more
    (professional("NV"), "ask", "", "2025-02-14"),  # NRS 439B.754(1): 30 days to reject
    (professional("NV"), "file", "2025-03-17", "2025-04-25"),  # 30 days more, then 30 business days
    (climb("NH", "2025-01-15", served="2025-01-02"), "ask", "", "2025-02-27"),  # 30 business days, receipt as day 1
    (climb("NH", "2025-01-15", served="2025-01-02", ask="2025-02-03"), "talks", "", "2025-03-04"),  # 20 business days
    (climb("NH", "2025-01-15", served="2025-01-02", ask="2025-02-03"), "file", "2025-03-05", "2025-04-04"),  # stand-in
    (climb("OH", "2025-01-15", served="2025-01-02"), "file", "2025-02-15", "2026-01-02"),  # ORC 3902.52: a year
]  # fmt: skip


@pytest.mark.parametrize(("ladder", "step", "opens", "due"), DAYS)
def test_days_by_hand(ladder: Ladder, step: str, opens: str, due: str) -> None:
    rung = next(rung for name, rung in ladder.items() if name == step)
    assert rung.due == D(due)
    assert rung.opens == (D(opens) if opens else None)


@pytest.mark.parametrize(
    ("ladder", "step", "assumed", "stand_in"),
    [
        (professional("VA"), "file", False, False),
        (professional("CO"), "offer", True, False),  # nobody told when an arbitrator was appointed
        (professional("CO", file="2025-03-03", select="2025-03-20"), "offer", False, False),
        (professional("CA"), "file", True, False),  # counted from the request's last day
        (professional("IL"), "file", False, True),
        (professional("TX", file="2025-04-01"), "decide", False, False),
    ],
)
def test_what_is_assumed_and_what_is_a_stand_in_says_so(
    ladder: Ladder, step: str, assumed: bool, stand_in: bool
) -> None:
    rung = next(rung for name, rung in ladder.items() if name == step)
    assert (rung.assumed, rung.stand_in) == (assumed, stand_in)
    assert ("not verified" in rung.rule) is stand_in


def test_what_nobody_told_gives_a_step_no_day() -> None:
    ladder = professional("GA", file="2025-02-03")
    assert ladder["select"].due is None and ladder["offer"].due is None, "the dispute was not referred yet"
    assert professional("NY")["information"].due is None, "the entity asked for nothing"


def test_ten_states_have_their_process_in_full() -> None:
    for state in IN_FULL:
        rows = steps_of(RULES, state, D("2025-06-01"), institutional=False)
        steps = {row.step for row in rows}
        assert {"file", "decide"} <= steps and len(rows) >= 3, state
        filing = next(row for row in rows if row.step == "file")
        assert filing.form and filing.asks and filing.fee and filing.verify, state


def test_every_row_says_its_source_the_day_it_was_read_and_what_a_person_must_verify() -> None:
    for state, rows in RULES.state_steps.items():
        assert state in RULES.states
        for row in rows:
            assert row.source and row.rule and row.read_on and row.status != "verified", row
            assert row.count or row.verify or row.step in ("settle",), f"{state} {row.step}: an unknown limit says so"
            assert row.source != "not read" or (row.status == "seed" and row.verify), row


def test_a_state_with_a_process_has_a_filing_on_every_day_of_its_row() -> None:
    for state, rows in RULES.states.items():
        for row in rows:
            if row.mechanism in ("none", "unknown"):
                continue
            for on in (max(row.start, date(2022, 1, 1)), min(row.end, date(2030, 1, 1))):
                kinds = [row.providers == "facility"] if row.providers != "any" else [False, True]
                for institutional in kinds:
                    steps = [one.step for one in steps_of(RULES, state, on, institutional=institutional)]
                    assert steps.count("file") == 1, f"{state} {on} {institutional}"


def test_the_calendar_shows_every_step_with_its_form_its_fee_and_what_is_still_to_verify() -> None:
    days = {day.kind: day for day in deadline_calendar(SCHEDULE, "state", D("2025-01-15"), Known(), state="CO")}
    assert list(days) == ["state_file", "state_select", "state_offer", "state_decide", "state_pay"]
    filing = days["state_file"]
    assert filing.due == D("2025-04-15") and filing.mover == "provider"
    assert "Non-Participating Provider Arbitration Request Form" in filing.why
    assert "final offer was not chosen" in filing.cost
    assert "still to be verified" in filing.why and "2026-11-29" in filing.why
    assert "assumed" in days["state_offer"].why


AMOUNTS: list[tuple[str, str, str, str, str, bool, str]] = [
    # state, served, billed, allowed, sought: below the least amount?, what is said
    ("NJ", "2025-06-01", "2500.00", "1500.00", "2400.00", False, "has to reach $2500"),  # gap 1000.00, at least 1000
    ("NJ", "2025-06-01", "2500.00", "1500.01", "2400.00", True, "at most $999.99 apart"),
    ("NJ", "2025-06-01", "2499.99", "1999.99", "2400.00", False, "has to reach $2499.99"),  # 500 below 2500 billed
    ("NJ", "2025-06-01", "2499.99", "2000.00", "2400.00", True, "at most $499.99 apart"),
    ("NJ", "2022-10-27", "2000.00", "1200.00", "1900.00", True, "the least amount is $1000"),  # before S1177
    ("NJ", "2025-06-01", "9000.00", "1000.00", "4000.00", False, "at most $8000.00 apart"),
    ("OH", "2025-06-01", "750.00", "100.00", "600.00", True, "$750.00 was billed"),  # over 750 dollars
    ("OH", "2025-06-01", "750.01", "100.00", "600.00", False, "$750.01 was billed"),
    ("FL", "2025-06-01", "5000.00", "1000.00", "1400.00", False, "$400.00 is in dispute; the least amount is not"),
]  # fmt: skip


@pytest.mark.parametrize(("state", "served", "billed", "allowed", "sought", "below", "said"), AMOUNTS)
def test_the_least_amount_is_reckoned_from_the_claims_dollars(
    state: str, served: str, billed: str, allowed: str, sought: str, below: bool, said: str
) -> None:
    amounts = Amounts(billed=Decimal(billed), allowed=Decimal(allowed), sought=Decimal(sought))
    (found,) = thresholds_of(RULES, state, D(served), amounts, institutional=False)
    assert found.below is below and said in found.words and found.rule


def test_a_state_without_a_least_amount_has_none() -> None:
    amounts = Amounts(billed=Decimal(10), allowed=Decimal(1), sought=Decimal(5))
    assert thresholds_of(RULES, "TX", D("2025-06-01"), amounts, institutional=False) == ()
