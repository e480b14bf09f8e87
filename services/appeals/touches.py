"""How many touches of a person a book of disputes still needs, and how much of the federal forms is typed by hand.

`python -m services.appeals.touches --disputes 10000` prints it; no service or database is touched.

The book is made up, and the same each time for a seed; its mix is read off CMS's tables of the first half of 2025 where
they say something (plan kinds, the share found ineligible, 1 in 6), and guessed where they do not. Each dispute is
walked by the rules that decide a real one, with a person who does on its day what the case waits for. What comes by
e-mail or file is a row that is confirmed with others, and is counted apart.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import msgspec

from services.appeals.adapters.documents.portal_form import answers, by_hand
from services.appeals.adapters.documents.specimens import specimens
from services.appeals.adapters.documents.words import load_letters
from services.appeals.adapters.rules import TEMPLATES, load_rules
from services.appeals.application.decider import AppealsDecider
from services.appeals.domain.case import AppealCase, Policy
from services.appeals.domain.commands import Commands
from services.appeals.domain.decision import RuleSet
from services.appeals.domain.idr_reports import IdrReport
from services.appeals.domain.tasks import tasks
from services.appeals.settings import ALL_FORUMS
from shared.decider import Decision, IllegalTransition, TimerDue
from shared.events.assessment import AssessedLine, ClaimDenied, UnderpaymentFlagged
from shared.events.base import Envelope, Event, contract_of
from shared.events.claims import ClaimFacts, ClaimReceived, RemittanceFacts, RemittanceLine, RemittanceReceived
from shared.events.claims import ServiceLine as Line

_SERVED = date(2026, 9, 1)
_PAID = date(2026, 10, 5)
_UNTIL = _PAID + timedelta(days=420)
_REASONS = {
    "file": "no forum has an interface for programs: a person sends the package, and says when and under which number",
    "blocked": "something that the law wants first is not on file",
    "told": "an e-mail of portal or entity, read and confirmed with others in one file",
    "law": "the plan's funding or kind is on no paper that came: a person finds it out",
    "duty": "a complaint is signed by a person",
    "decision": "a letter on paper: the decision is entered",
    "other": "what the rules leave to a person",
}


class Touched(msgspec.Struct, frozen=True, kw_only=True):
    """What a kind of touch comes to: how many of it, in how many disputes, and why it is left to a person."""

    kind: str
    touches: int
    disputes: int
    why: str


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A federal form over the book: its required answers, and how many of them a person types, by field."""

    form: str
    answers: int
    typed: int
    fields: dict[str, int]


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """The whole book: touches by kind, rows confirmed in bulk, forms, and the share of their fields that is typed."""

    disputes: int
    touches: tuple[Touched, ...]
    rows_in_bulk: int
    forms: tuple[Form, ...]

    @property
    def typed_share(self) -> Decimal:
        """The share of required answers that a person types, 0 to 1."""
        whole = sum(form.answers for form in self.forms)
        return Decimal(sum(form.typed for form in self.forms)) / whole if whole else Decimal(0)


class _Dispute(msgspec.Struct, frozen=True, kw_only=True):
    """One dispute of the book: what came, what of it is known, and how the federal process ends for it."""

    number: int
    state: str
    remarks: tuple[str, ...]
    place: str
    denied: str
    qpa: bool
    contact: bool
    plan_type: bool
    ends: str


def book(disputes: int, seed: int) -> Iterator[_Dispute]:
    """The disputes, the same for a seed."""
    rnd = random.Random(seed)
    for number in range(disputes):
        denied = rnd.choices(("", "50", "197", "16"), (80, 8, 6, 6))[0]
        office = rnd.random() < 0.10
        yield _Dispute(
            number=number,
            state=rnd.choices(("AZ", "TN", "TX", "FL", "NY", "VA"), (30, 10, 30, 15, 10, 5))[0],
            remarks=() if office or rnd.random() < 0.25 else ("N877",),
            place="11" if office else "23",
            denied=denied,
            qpa=rnd.random() < 0.90,
            contact=rnd.random() < 0.95,
            plan_type=rnd.random() < 0.85,
            ends=rnd.choices(
                ("provider", "payer", "ineligible", "information", "settled"), (58, 10, 17, 5, 10)
            )[0],
        )  # fmt: skip


class _Walk:
    """One dispute through the rules, with a person who does what is theirs on the day it comes up."""

    def __init__(self, decider: AppealsDecider, one: _Dispute) -> None:
        self._decider = decider
        self._one = one
        self._today = _PAID
        self._case: AppealCase | None = None
        self._told: set[str] = set()
        self.touched: Counter[str] = Counter()
        self.rows = 0
        self.filed_forms: list[str] = []

    def whole(self) -> None:
        """From the claim to its end, or for fourteen months."""
        for event in self._came():
            envelope = Envelope(
                id="x", type=contract_of(event).type, source="book", time=self._now(), data=event
            )  # fmt: skip
            self._case = self._decider.decide(self._case, envelope, self._now()).state
        for _ in range(200):
            case = self._case
            if case is None or not case.live or self._today > _UNTIL:
                return
            if not self._act(case) and not self._wait():
                return

    def _now(self) -> datetime:
        return datetime.combine(self._today, time(17), UTC)

    def _came(self) -> tuple[Event, ...]:
        one, claim_id = self._one, f"00000000-0000-5000-8000-{self._one.number:012d}"
        line = Line(
            line=1, code="99284" if one.place == "23" else "99214", charge=Decimal(900), units=Decimal(1),
            service_from=_SERVED, service_to=_SERVED, place_of_service=one.place,
        )  # fmt: skip
        claim = ClaimFacts(
            tenant="book", patient_control_number=str(one.number), form="professional", payer_id="99101",
            payer_name="EXAMPLE", billing_npi="1234567893", billing_tin=f"{one.number:09d}", total_charge=Decimal(900),
            service_from=_SERVED, service_to=_SERVED, lines=(line,), filing_indicator="CI",
            place_of_service=one.place, service_state=one.state, assignment_of_benefits=True,
        )  # fmt: skip
        paid = RemittanceFacts(
            remittance_id="r", status="4" if one.denied else "1", charge=Decimal(900),
            paid=Decimal(0) if one.denied else Decimal(150), patient_responsibility=Decimal(30), paid_on=_PAID,
            received_on=_PAID, payer_claim_number="P", payer_id="99101", remark_codes=one.remarks,
            lines=(
                RemittanceLine(
                    line=1, code=line.code, charge=Decimal(900), paid=Decimal(150),
                    qpa=Decimal(180) if one.qpa else None,
                ),
            ),
        )  # fmt: skip
        received: tuple[Event, ...] = (
            ClaimReceived(claim_id=claim_id, claim=claim), RemittanceReceived(claim_id=claim_id, remittance=paid),
        )  # fmt: skip
        if one.denied:
            return (*received, ClaimDenied(
                claim_id=claim_id, remittance_id="r", specialty="emergency", charge=Decimal(900), target=Decimal(700),
                notice_on=_PAID, carcs=(one.denied,), remark_codes=one.remarks,
            ))  # fmt: skip
        assessed = AssessedLine(
            line=1, code=line.code, modifiers=(), charge=Decimal(900), allowed=Decimal(180), paid=Decimal(150),
            patient_share=Decimal(30), verdict="underpaid", floor=Decimal(500), target=Decimal(1200),
            stretch=Decimal(1500),
        )  # fmt: skip
        return (*received, UnderpaymentFlagged(
            claim_id=claim_id, remittance_id="r", specialty="emergency", policy="book", allowed=Decimal(180),
            paid=Decimal(150), patient_share=Decimal(30), floor=Decimal(500), target=Decimal(1200),
            stretch=Decimal(1500), shortfall=Decimal(1020), expected_net=Decimal(600), confidence=80, notice_on=_PAID,
            lines=(assessed,), carcs=("45",), remark_codes=one.remarks,
        ))  # fmt: skip

    def _wait(self) -> bool:
        """Let time go on to the next day on which something is due; False where nothing is."""
        assert self._case is not None
        due = sorted(self._decider.timers(self._case), key=lambda timer: (timer.due, timer.kind))
        if not due:
            return False
        timer = due[0]
        self._today = max(self._today, timer.due.date())
        try:
            decided = self._decider.decide(
                self._case, TimerDue(self._case.claim_id, timer.kind, timer.due), max(timer.due, self._now())
            )  # fmt: skip
        except IllegalTransition:
            return False
        self._case = decided.state
        return True

    def _act(self, case: AppealCase) -> bool:
        """Do what is ours today; False where somebody else's time runs."""
        for task in tasks(case):
            if task.kind.endswith(("disclosed", "payment")) and task.kind not in self._told:
                self._told.add(task.kind)
                self.touched[f"duty: {task.kind.replace('_', ' ')}"] += 1
        if case.governing is not None and case.governing.law == "unknown" and "law" not in self._told:
            self._told.add("law")
            self.touched["law: find out the kind of plan"] += 1
        if case.stage == "prepare":
            return self._file(case)
        if case.stage in ("selection", "offers", "determination"):
            return self._in_idr(case)
        if case.stage == "await" and f"decision {case.forum} {case.level}" not in self._told:
            self._told.add(f"decision {case.forum} {case.level}")
            self.touched["decision: enter what the payer or reviewer decided"] += 1
        return False

    def _file(self, case: AppealCase) -> bool:
        deadline = case.deadline("file")
        opens = deadline.opens if deadline is not None else None
        if opens is not None and self._today < opens:
            return False
        if case.blocked:
            if "blocked" not in self._told:
                self._told.add("blocked")
                self.touched[f"blocked: {', '.join(case.blocked)}"] += 1
            return False
        if not self._do(lambda commands: commands.attest_filing(case, self._today, f"N-{len(case.filings)}")):
            return False
        self.touched[f"file: {case.forum}"] += 1
        rules = self._decider.rule_set.rules
        rows = rules.documents.get(case.forum, ()) if case.forum is not None else ()
        self.filed_forms += [row.kind for row in rows if row.kind in rules.portal_fields and row.exhibit]
        return True

    def _in_idr(self, case: AppealCase) -> bool:
        """What portal and entity tell comes in files: a row each, one after the other."""
        steps: tuple[IdrReport, ...] = (
            IdrReport(what="selected", on=self._today, entity="FHAS"), IdrReport(what="offered", on=self._today),
        )  # fmt: skip
        if self._one.ends == "information":
            steps = (*steps, IdrReport(what="information_asked", on=self._today, reference="RFI"))
        if self._one.ends == "ineligible":
            steps = (IdrReport(what="closed", on=self._today, outcome="ineligible", ineligible_for="other"),)
        for step in steps:
            if step.what in self._told:
                continue
            self._told.add(step.what)
            if self._do(lambda commands, step=step: commands.report(case, step)):
                self.rows += 1
                if step.what == "offered":
                    self.touched["file: offer and fees to the entity"] += 1
                if step.what == "information_asked":
                    self.touched["other: send what the entity asked for"] += 1
                return True
        if "ended" not in self._told:  # determined or settled: a row, or the other side's signature
            self._told.add("ended")
            self.rows += 1
            if self._one.ends == "settled":
                self.touched["other: sign the agreement and tell the Departments"] += 1
        self._case = None
        return True

    def _do(self, act: Callable[[Commands], Decision[AppealCase]]) -> bool:
        try:
            self._case = act(Commands(self._decider.rule_set, self._now())).state
        except IllegalTransition:
            return False
        return True


def count(disputes: int, seed: int = 1) -> Counted:
    """Walk every dispute of a book of so many, and count."""
    rules = load_rules()
    decider = AppealsDecider(rules, Policy(attest=ALL_FORUMS, idr_gather_days=1))
    touches: Counter[str] = Counter()
    having: Counter[str] = Counter()
    forms: dict[str, tuple[int, Counter[str]]] = {}
    bulk = 0
    for one in book(disputes, seed):
        walk = _Walk(decider, one)
        walk.whole()
        touches.update(walk.touched)
        having.update(walk.touched.keys())
        bulk += walk.rows
        for form in walk.filed_forms:
            asked, typed = _typed(form, one.qpa, one.contact, one.plan_type)
            whole, fields = forms.setdefault(form, (0, Counter()))
            fields.update(typed)
            forms[form] = (whole + asked, fields)
    return Counted(
        disputes=disputes,
        touches=tuple(
            Touched(kind=kind, touches=n, disputes=having[kind], why=_REASONS[kind.partition(": ")[0]])
            for kind, n in touches.most_common()
        ),
        rows_in_bulk=bulk,
        forms=tuple(
            Form(form=form, answers=whole, typed=fields.total(), fields=dict(fields.most_common()))
            for form, (whole, fields) in sorted(forms.items())
        ),
    )  # fmt: skip


@cache
def _typed(form: str, qpa: bool, contact: bool, plan_type: bool) -> tuple[int, tuple[str, ...]]:
    """The required answers of a form, and those that nothing here answers, by what is known of the dispute."""
    rules = load_rules()
    data = dict(_example(form))
    if not qpa:
        known: list[dict[str, Any]] = data.get("items") or []
        items: list[dict[str, Any]] = [{**item, "qpa": None, "offer_share": ""} for item in known]
        data |= {"items": items, "lines": items, "dispute": {**data["dispute"], "offer_share": ""}}
    if contact:
        data["payer"] = {**data["payer"], "notice_email": "x", "notice_phone": "x", "notice_postal": "x"}
    data["plan"] = {"type": "x" if plan_type else ""}
    if form == "idr_offer":
        data["earlier"] = {**data.get("earlier", {}), "reference": "x"}
    filled = answers(rules.portal_fields[form], data)
    asked = sum(field["required"] for field in filled["fields"]) + len(filled["required_columns"])
    return asked, tuple(by_hand(filled))


@cache
def _example(form: str) -> dict[str, Any]:
    """The data of a made-up paper of the form."""
    rule_set = RuleSet.of(load_rules())
    letters = load_letters(TEMPLATES)
    for specimen in specimens(rule_set):
        for row, content in specimen.papers(rule_set, letters):
            if row.kind == form:
                return msgspec.json.decode(content.json)
    raise LookupError(f"no made-up paper of {form}")


def main(argv: list[str] | None = None) -> None:
    """Print the count, each kind of touch with its reason, and each field that is typed."""
    parser = argparse.ArgumentParser(prog="python -m services.appeals.touches", description="what is left to people")
    parser.add_argument("--disputes", type=int, default=10_000, help="how many disputes the made-up book has")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same book")
    asked = parser.parse_args(argv)
    if not 1 <= asked.disputes <= 100_000:
        parser.error("--disputes: between 1 and 100000")
    counted = count(asked.disputes, asked.seed)
    lines = [f"{counted.disputes} disputes, {sum(one.touches for one in counted.touches)} touches of a person"]
    lines += [f"{one.touches:>8}  {one.kind}, in {one.disputes} disputes: {one.why}" for one in counted.touches]
    lines.append(f"{counted.rows_in_bulk:>8}  rows of files, confirmed together (`recoup idr messages`)")
    for form in counted.forms:
        lines.append(f"{form.form}: {form.typed} of {form.answers} required answers are typed")
        lines += [f"{number:>8}  {field}" for field, number in form.fields.items()]
    lines.append(f"typed by hand: {counted.typed_share:.1%} of the required answers")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
