"""A claim is judged by the rows of its own date: on both sides of every boundary of every table."""

from __future__ import annotations

import base64
import re
import shutil
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from services.appeals.adapters.rules import RULES as SHIPPED
from services.appeals.adapters.rules import RuleError, load_rules
from services.appeals.application.decider import AppealsDecider
from services.appeals.domain.case import Policy
from services.appeals.domain.commands import Commands
from services.appeals.domain.deadline_calendar import deadline_calendar
from services.appeals.domain.eligibility import governing_law
from services.appeals.domain.forums.papers import rows_for
from services.appeals.domain.judgement import Question
from services.appeals.domain.rows import in_force
from services.appeals.domain.schedule import Known, Schedule
from services.appeals.domain.signals import signals_of
from services.appeals.domain.tables import Rules
from services.appeals.main import main
from shared.calendar import BusinessDays
from shared.decider import IllegalTransition
from shared.events.claims import Adjustment, RemittanceReceived
from shared.events.idr import IdrInitiated
from tests.unit.appeals.cases import CLAIM, Story, at, claim, denied, flagged, remittance
from tests.unit.appeals.test_pursuit import FEDERAL

RULES = load_rules()
D = date.fromisoformat
ONE = timedelta(days=1)
FIRST, LAST = date(1900, 1, 1), date(9999, 12, 31)

EMERGENCY = Question(
    service_from=D("2026-12-31"), filing_indicator="CI", payer_id="99101", state="AZ", institutional=False,
    signals=("emergency",),
)  # fmt: skip
FEES = [
    # by the day of initiation: Departments' guidance, TMA v. HHS of 3 August 2023, 88 FR 88494, 91 FR 33900
    ("idr_admin", "2022-12-31", "50", "50"), ("idr_admin", "2023-01-01", "350", "350"),
    ("idr_admin", "2023-08-02", "350", "350"), ("idr_admin", "2023-08-03", "50", "50"),
    ("idr_admin", "2024-01-21", "50", "50"), ("idr_admin", "2024-01-22", "115", "115"),
    ("idr_admin", "2026-06-10", "115", "115"), ("idr_admin", "2026-06-11", "15", "15"),
    ("idr_entity_single", "2022-12-31", "200", "500"), ("idr_entity_single", "2023-01-01", "200", "700"),
    ("idr_entity_single", "2024-01-21", "200", "700"), ("idr_entity_single", "2024-01-22", "200", "840"),
    ("idr_entity_batched", "2022-12-31", "268", "670"), ("idr_entity_batched", "2023-01-01", "268", "938"),
    ("idr_entity_batched", "2024-01-21", "268", "938"), ("idr_entity_batched", "2024-01-22", "268", "1173"),
    ("idr_entity_extra_25", "2024-01-21", "0", "0"), ("idr_entity_extra_25", "2024-01-22", "75", "250"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "on", "low", "high"), FEES)
def test_fees_on_both_sides_of_each_change(key: str, on: str, low: str, high: str) -> None:
    fee = RULES.fee(key, D(on))
    assert (fee.low, fee.high) == (Decimal(low), Decimal(high)) and fee.source


@pytest.mark.parametrize(("on", "lines", "codes"), [("2026-10-31", 0, "same"), ("2026-11-01", 50, "comparable")])
def test_batching_changes_with_the_day_open_negotiation_starts(on: str, lines: int, codes: str) -> None:
    rule = in_force(RULES.batching, D(on))
    assert rule is not None and (rule.max_lines, rule.codes) == (lines, codes)


def test_a_part_of_the_2026_rule_without_a_date_is_off_until_its_row_is_given_one() -> None:
    with pytest.raises(LookupError, match=r"limits\.csv"):
        RULES.limit("nsa.open_negotiation_answer", D("2030-01-01"))
    with pytest.raises(LookupError):
        RULES.limit("nsa.eligibility_review", D("2026-08-02"))
    assert RULES.limit("nsa.eligibility_review", D("2026-08-03")).count == 5


def staff_rules(tmp_path: Path, table: str, rows: str, *, header: str = "") -> Rules:
    """The shipped tables with rows that staff added to one of them; `header` puts another head over them."""
    directory = tmp_path / "rules"
    if not directory.exists():
        shutil.copytree(SHIPPED, directory)
    path = directory / table
    path.write_text(f"{header}\n{rows}" if header else path.read_text() + rows)
    load_rules.cache_clear()
    return load_rules(directory)


def of_staff(rules: Rules, policy: Policy | None = None) -> Story:
    story = Story(policy)
    story.decider = AppealsDecider(rules, policy)
    return story


@pytest.mark.parametrize(
    ("served", "found"),
    [("2026-08-31", ("emergency",)), ("2026-09-01", ()), ("2026-09-30", ()), ("2026-10-01", ("facility",))],
)
def test_signals_are_those_of_the_day_of_service(tmp_path: Path, served: str, found: tuple[str, ...]) -> None:
    header = "field,low,high,signal,source,start,end"
    rows = "place,77,77,emergency,a test,2020-01-01,2026-08-31\nplace,77,77,facility,a test,2026-10-01,9999-12-31\n"
    rules = staff_rules(tmp_path, "signals.csv", rows, header=header)
    day = D(served)
    assert signals_of(claim(place="77", codes=("99214",), service_from=day, service_to=day).claim, rules) == found


@pytest.mark.parametrize(
    ("notice", "remedy", "forum"),
    [
        ("2026-10-05", "coding_appeal", "commercial_appeal"), ("2026-10-06", "send_records", "corrected_claim"),
        ("2026-10-31", "send_records", "corrected_claim"), ("2026-11-02", "payment_appeal", "commercial_appeal"),
    ],
)  # fmt: skip
def test_staff_extend_the_remedies_and_a_denial_is_judged_by_the_day_it_was_received(
    tmp_path: Path, notice: str, remedy: str, forum: str
) -> None:
    """Rows of a CARC, group and remark code that the shipped table lacks; before and after them the shipped answer."""
    header = (SHIPPED / "remedies.csv").read_text().splitlines()
    names = next(line for line in header if not line.startswith("#")) + ",start,end"
    assert names.startswith("carc,group,rarc,setting,cause,remedy,weight,external,needs,source,note")
    rows = (
        "P99,CO,N999,,ours until the 5th,coding_appeal,50,false,coding_rationale,house,,1900-01-01,2026-10-05\n"
        "P99,CO,N999,,ours in October,send_records,50,false,medical_records,house,,2026-10-06,2026-10-31\n"
    )
    rules = staff_rules(tmp_path, "remedies.csv", rows, header=names)
    day = D(notice)
    story = of_staff(rules, Policy(attest=frozenset(("commercial_appeal", "corrected_claim"))))
    story.today = day
    paid = remittance(("N999",)).remittance
    adjusted = replace(paid, adjustments=(Adjustment(group="CO", carc="P99", amount=Decimal("900.00")),))
    story.receive(claim(place="11", codes=("99214",)), RemittanceReceived(claim_id=CLAIM, remittance=adjusted))
    story.receive(denied("P99", remarks=("N999",), notice_on=day))
    assert story.case.cause is not None
    assert (story.case.cause.remedy, story.case.forum) == (remedy, forum)


def test_a_payers_own_terms_hold_for_the_denials_of_their_time(tmp_path: Path) -> None:
    header = "payer_id,funding,levels,level_2_days,timely_filing_days,source,start,end"
    rows = (
        "99101,unknown,1,0,0,manual of 2026,2026-01-01,2026-10-05\n"
        "99101,unknown,2,30,0,manual of October,2026-10-06,9999-12-31\n"
    )
    rules = staff_rules(tmp_path, "payers.csv", rows, header=header)
    found = [rules.payer("99101", D(day)) for day in ("2025-12-31", "2026-01-01", "2026-10-05", "2026-10-06")]
    assert [row and (row.levels, row.level_2_days) for row in found] == [None, (1, 0), (1, 0), (2, 30)]


@pytest.mark.parametrize(
    ("served", "remarks", "said"),
    [
        ("2026-12-31", (), False), ("2027-01-01", (), True), ("2027-01-01", ("N877",), False),
        ("2027-01-01", ("M16",), True),
    ],
)  # fmt: skip
def test_from_2027_a_payers_silence_on_the_act_is_named(served: str, remarks: tuple[str, ...], said: bool) -> None:
    question = replace(EMERGENCY, service_from=D(served), remarks=remarks)
    found = governing_law(question, RULES)
    assert ("rarc_absent" in {fired.rule for fired in found.fired}) is said
    assert found.law == governing_law(replace(question, service_from=D("2026-12-31")), RULES).law, "it decides nothing"


@pytest.mark.parametrize(("filed", "version"), [("2026-12-31", "2022-01"), ("2027-01-01", "2027-01")])
def test_a_filing_has_the_forms_of_its_own_day(tmp_path: Path, filed: str, version: str) -> None:
    """A new form of the notice, as the portal notice of the 2026 rule will be: the old row ends the day before."""
    path = SHIPPED / "documents.csv"
    old = next(line for line in path.read_text().splitlines() if line.startswith("on_notice,"))
    assert ",2022-01-01,9999-12-31," in old
    ended = old.replace("9999-12-31", "2026-12-31")
    new = old.replace("on_notice.typ,2022-01", "on_notice.typ,2027-01").replace("2022-01-01", "2027-01-01")
    rules = staff_rules(tmp_path, "documents.csv", path.read_text().replace(old, f"{ended}\n{new}"), header="# staff")
    (row,) = rows_for(rules, "open_negotiation", 1, D(filed))
    assert row.version == version


@pytest.mark.parametrize(
    ("table", "row", "problem"),
    [
        ("remedies.csv", "P9,,,,x,no_such_remedy,1,false,,house,\n", r"remedies.csv, line \d+: Invalid enum value"),
        ("remedies.csv", "P9,,,,x,coding_appeal,1,false,,,\n", r"remedies.csv, line \d+: column source is empty"),
        ("remedies.csv", "P9,,x\n", r"remedies.csv, line \d+: 3 columns where the header has 11"),
        ("remedies.csv", "50,,,,twice,coding_appeal,1,false,,house,\n", r"remedies.csv: two rows of .*'50'"),
        ("batching.csv", "more,9,30,0,same,2026-05-01,2026-05-02,r,house\n", "batching.csv: two rows of the batching"),
        ("fees.csv", "idr_admin,cheap,5,2030-01-01,2031-01-01,house\n", r"fees.csv, line \d+: .*low"),
        ("fees.csv", "idr_x,9,5,2030-01-01,2031-01-01,house\n", r"fees.csv, line \d+: low is above high"),
        ("limits.csv", "x.y,1,fortnights,2030-01-01,2031-01-01,r,s,n\n", r"limits.csv, line \d+: .*unit"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_used_stops_the_service_in_one_line(
    tmp_path: Path,
    table: str,
    row: str,
    problem: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(RuleError, match=problem):
        staff_rules(tmp_path, table, row)
    for name, value in (
        ("DATABASE_URL", "postgresql://nobody@nowhere/none"), ("RECOUP_APPEALS_RULES", str(tmp_path / "rules")),
        ("RECOUP_PHI_KEYS", base64.urlsafe_b64encode(b"test" + bytes(range(32))).decode()),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match="2"):
        main()
    said = capsys.readouterr().err
    assert said.startswith("appeals: ") and said.count("\n") == 1
    assert re.search(problem, said)


def test_tables_as_spreadsheets_save_them(tmp_path: Path) -> None:
    """A byte order mark and Windows line ends are read; another encoding and a strange column are named."""
    staff_rules(tmp_path, "payers.csv", "")
    path = tmp_path / "rules" / "payers.csv"
    path.write_bytes(b"\xef\xbb\xbfpayer_id,levels,source\r\n99101,1,manual\r\n")
    load_rules.cache_clear()
    rules = load_rules(tmp_path / "rules")
    row = rules.payer("99101", D("2026-10-05"))
    assert row is not None and row.levels == 1
    for content, problem in (
        (b"payer_id,levels,source\n99101,1,caf\xe9\n", "payers.csv, line 2: not UTF-8"),
        (b"payer_id,level,source\n99101,1,manual\n", "payers.csv: there is no column level; columns: .*levels"),
    ):
        path.write_bytes(content)
        load_rules.cache_clear()
        with pytest.raises(RuleError, match=problem):
            load_rules(tmp_path / "rules")


@pytest.mark.parametrize(
    ("received", "sent", "reviewed"),
    [
        # Monday 27 April: initiated by 12 June, entity by 23 June, before the part holds
        ("2026-04-27", "2026-04-27", ""),
        # Monday 5 October: initiated by 23 November, entity by 2 December, and five business days
        ("2026-10-05", "2026-10-05", "2026-12-09"),
    ],
)
def test_the_entitys_own_review_is_on_the_calendar_from_its_day(received: str, sent: str, reviewed: str) -> None:
    schedule = Schedule(RULES, BusinessDays(), "safe")
    rows = {row.kind: row for row in deadline_calendar(schedule, "nsa", D(received), Known(notice_sent=D(sent)))}
    assert ("eligibility_review" in rows) is bool(reviewed)
    if reviewed:
        assert rows["eligibility_review"].due == D(reviewed)
    assert "open_negotiation_answer" not in rows, "CMS has not named the day of the portal's function"


def _tables() -> list[tuple[str, tuple[Any, ...]]]:
    keyed: list[tuple[str, dict[Any, tuple[Any, ...]]]] = [
        ("fees", RULES.fees), ("limits", RULES.limits), ("states", RULES.states), ("prompt_pay", RULES.prompt_pay),
        ("external_reviews", RULES.external_reviews),
        ("plans", RULES.plans), ("rarcs", RULES.rarcs),
    ]  # fmt: skip
    found = [(f"{name} {key}", rows) for name, table in keyed for key, rows in sorted(table.items())]
    return [*found, ("batching", RULES.batching)]


def test_every_row_of_every_table_holds_on_its_first_and_last_day_and_not_beside_them() -> None:
    boundaries = 0
    for name, rows in _tables():
        for row in rows:
            assert row.source, name
            assert in_force(rows, row.start) is row and in_force(rows, row.end) is row, name
            if row.start > FIRST:
                assert in_force(rows, row.start - ONE) is not row, name
                boundaries += 1
            if row.end < LAST:
                assert in_force(rows, row.end + ONE) is not row, name
                boundaries += 1
        for before, after in pairwise(sorted(rows, key=lambda r: r.start)):
            assert before.end + ONE == after.start, f"{name}: a day without a rule"
    assert boundaries > 60


@pytest.mark.parametrize(
    ("initiated", "fee"),
    [("2026-06-10", "115.00"), ("2026-06-11", "15.00")],
)
def test_the_fee_is_that_of_the_day_of_initiation_not_of_the_service(initiated: str, fee: str) -> None:
    policy = Policy(attest=frozenset(("open_negotiation", "federal_idr")))
    story = Story(policy, today=D("2026-04-27"))
    served = D("2026-04-01")
    story.receive(claim(service_from=served, service_to=served), remittance(FEDERAL))
    story.receive(flagged(FEDERAL, notice_on=D("2026-04-27")))
    # notice on Monday 27 April: Memorial Day out, day 30 is 8 or 9 June, the safe window 10, 11 and 12 June
    story.state = (
        Commands(story.decider.rule_set, at(D("2026-04-27"))).attest_filing(story.case, D("2026-04-27"), "M1").state
    )
    story.until(D("2026-06-10"))
    window = story.case.deadline("file")
    assert window is not None and window.due == D("2026-06-12")
    day = D(initiated)
    decision = Commands(story.decider.rule_set, at(day)).attest_filing(story.case, day, "DISP-1")
    (event,) = decision.events
    assert isinstance(event, IdrInitiated) and event.administrative_fee == Decimal(fee)
    with pytest.raises(IllegalTransition, match=r"2026-06-12; 45 CFR 149\.510"):
        Commands(story.decider.rule_set, at(D("2026-06-15"))).attest_filing(story.case, D("2026-06-15"), "DISP-1")


@pytest.mark.parametrize(
    ("sent", "until"),
    [
        ("2026-10-30", None),  # before the rule of 2026 holds for batches
        # determined on 1 February 2027: 30 business days after it, Washington's birthday out
        ("2026-11-02", "2027-03-16"),
    ],
)
def test_the_calendar_shows_the_shorter_cooling_off_of_several_lines(sent: str, until: str | None) -> None:
    schedule = Schedule(RULES, BusinessDays())
    known = Known(notice_sent=D(sent), determined=D("2027-02-01"))
    rows = {row.kind: row for row in deadline_calendar(schedule, "nsa", D("2026-10-30"), known)}
    assert rows["cooling_off"].due == D("2027-05-02")
    assert (rows["cooling_off_batched"].due if "cooling_off_batched" in rows else None) == (D(until) if until else None)
