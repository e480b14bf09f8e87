"""Claims and 835s for the tests of what becomes of payments: small, balanced, each with one thing changed.

Every claim has the same three lines, of one visit to an emergency department in Houston.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from shared.calendar import EASTERN, legal_day

TODAY = legal_day(datetime.now(UTC), EASTERN)
"""The day where no organization has said otherwise: in UTC it is tomorrow for some hours of every evening."""
SERVED, PAID = f"{TODAY - timedelta(40):%Y%m%d}", f"{TODAY - timedelta(3):%Y%m%d}"
CHARGES = {1: ("99284:25", "900", "0450"), 2: ("93010", "55", "0730"), 3: ("85025", "45", "0305")}
"""By line: procedure, charge, revenue code."""


@dataclass(frozen=True)
class Line:
    """What the payer says of a line: dollars paid and the adjustments (group, CARC, dollars)."""

    number: int
    paid: str
    cuts: tuple[tuple[str, str, str], ...] = ()


FULL = (
    Line(1, "160", (("CO", "45", "700"), ("PR", "2", "40"))),
    Line(2, "8", (("CO", "45", "45"), ("PR", "2", "2"))),
    Line(3, "5", (("CO", "45", "38"), ("PR", "2", "2"))),
)
"""$173 paid, $44 the patient's."""


@dataclass(frozen=True)
class Pay:
    """One claim payment (CLP). `own` are adjustments of the claim; `paid` is CLP04 where it is not the sum."""

    claim: str
    lines: tuple[Line, ...] = FULL
    status: str = "1"
    icn: str = ""
    own: tuple[tuple[str, str, str], ...] = ()
    sign: int = 1
    named: bool = True
    institutional: bool = False

    @property
    def charge(self) -> Decimal:
        return sum((Decimal(CHARGES[line.number][1]) for line in self.lines), Decimal(0)) * self.sign

    @property
    def paid(self) -> Decimal:
        of_lines = sum((Decimal(line.paid) for line in self.lines), Decimal(0))
        return (of_lines - sum((Decimal(amount) for *_, amount in self.own), Decimal(0))) * self.sign


def back(payment: Pay) -> Pay:
    """Its reversal, every amount negative."""
    return replace(payment, status="22", sign=-1)


@dataclass(frozen=True)
class Set:
    """One 835 transaction set; `off` dollars are in BPR02 that no claim payment explains."""

    trace: str
    pays: tuple[Pay, ...]
    payer: tuple[str, str, str] = ("MERIDIAN EXAMPLE HEALTH", "99101", "1990000101")
    off: str = "0"


def remittance(*sets: Set) -> bytes:
    """An interchange with these sets."""
    return _interchange("HP", "005010X221A1", "835", [_set(one) for one in sets])


def _set(one: Set) -> list[str]:
    name, number, tax = one.payer
    total = sum((pay.paid for pay in one.pays), Decimal(0)) + Decimal(one.off)
    account = "01*999988880*DA*400500600"
    sent = f"BPR*I*{total}*C*ACH*CCP*01*999999992*DA*100200300*{tax}**{account}*{PAID}"
    rows = [
        sent if total else f"BPR*H*0*C*NON{'*' * 12}{PAID}",
        f"TRN*1*{one.trace}*{tax}",
        f"DTM*405*{PAID}",
        f"N1*PR*{name}",
        "N3*1 EXAMPLE PLAZA",
        "N4*HARTFORD*CT*061030001",
        f"REF*2U*{number}",
        "PER*BL*EDI SUPPORT*TE*5555550199",
        "N1*PE*BAYOU EXAMPLE EMERGENCY PHYSICIANS*XX*1001000011",
        "REF*TJ*990300001",
        "LX*1",
    ]
    for pay in one.pays:
        rows += _claim_payment(pay)
    return rows


def _claim_payment(pay: Pay) -> list[str]:
    cuts = [*pay.own, *(cut for line in pay.lines for cut in line.cuts)]
    share = sum((Decimal(amount) for group, _, amount in cuts if group == "PR"), Decimal(0)) * pay.sign
    icn = pay.icn or f"I{pay.claim}"
    rows = [
        f"CLP*{pay.claim}*{pay.status}*{pay.charge}*{pay.paid}*{share}*15*{icn}*{'13' if pay.institutional else '23'}*1"
    ]
    rows += [f"CAS*{group}*{carc}*{Decimal(amount) * pay.sign}" for group, carc, amount in pay.own]
    if pay.named:
        rows.append(f"NM1*QC*1*{_surname(pay.claim)}*AVERY****MI*{_member(pay.claim)}")
    rows.append(f"DTM*232*{SERVED}")
    for line in pay.lines:
        code, charge, revenue = CHARGES[line.number]
        under = revenue if pay.institutional else ""
        rows.append(f"SVC*HC:{code}*{Decimal(charge) * pay.sign}*{Decimal(line.paid) * pay.sign}*{under}*1")
        rows.append(f"DTM*472*{SERVED}")
        rows += [f"CAS*{group}*{carc}*{Decimal(amount) * pay.sign}" for group, carc, amount in line.cuts]
    return rows


def _surname(claim: str) -> str:
    return "SPEC" + "".join(chr(65 + int(digit)) for digit in claim if digit.isdigit())


def _member(claim: str) -> str:
    return f"SYN9{claim[-4:]}"


def claims(numbers: Sequence[str], *, institutional: bool = False) -> bytes:
    """An 837 with these claims, each of a patient of its own."""
    rows = [
        f"BHT*0019*00*{numbers[0]}*{PAID}*0915*CH",
        "NM1*41*2*EXAMPLE BILLING SERVICE*****46*EXBILL",
        "PER*IC*EXAMPLE CONTACT*TE*5555550123",
        "NM1*40*2*EXAMPLE CLEARINGHOUSE*****46*EXCLEAR",
        "HL*1**20*1",
        f"PRV*BI*PXC*{'282N00000X' if institutional else '207P00000X'}",
        "NM1*85*2*BAYOU EXAMPLE EMERGENCY PHYSICIANS*****XX*1001000011",
        "N3*100 EXAMPLE AVE",
        "N4*HOUSTON*TX*770300001",
        "REF*EI*990300001",
    ]
    for n, number in enumerate(numbers, 2):
        rows += [
            f"HL*{n}*1*22*0",
            "SBR*P*18*GRP99101******CI",
            f"NM1*IL*1*{_surname(number)}*AVERY****MI*{_member(number)}",
            "N3*12 SYNTHETIC ST",
            "N4*HOUSTON*TX*770300001",
            "DMG*D8*19840213*F",
            "NM1*PR*2*MERIDIAN EXAMPLE HEALTH*****PI*99101",
            *(_stay(number) if institutional else _visit(number)),
        ]
        for line, (code, charge, revenue) in CHARGES.items():
            service = f"SV2*{revenue}*HC:{code}*{charge}*UN*1" if institutional else f"SV1*HC:{code}*{charge}*UN*1***1"
            rows += [f"LX*{line}", service, f"DTP*472*D8*{SERVED}"]
    version = "005010X223A2" if institutional else "005010X222A1"
    return _interchange("HC", version, "837", [rows])


def _visit(number: str) -> list[str]:
    return [
        f"CLM*{number}*1000***23:B:1*Y*A*Y*Y",
        "HI*ABK:R079",
        "NM1*82*1*FICTION*JORDAN****XX*1001000029",
        "PRV*PE*PXC*207P00000X",
    ]


def _stay(number: str) -> list[str]:
    return [
        f"CLM*{number}*1000***13:A:1**A*Y*Y",
        f"DTP*434*RD8*{SERVED}-{SERVED}",
        "CL1*1*1*01",
        "HI*ABK:R079",
        "HI*APR:R079",
        "NM1*71*1*TESTCASE*HARPER****XX*1001000094",
    ]


def _interchange(kind: str, version: str, code: str, sets: Sequence[Sequence[str]]) -> bytes:
    day, guide = f"{TODAY:%y%m%d}", f"*{version}" if code == "837" else ""
    rows = [
        f"ISA*00*          *00*          *ZZ*EXAMPLESENDER  *ZZ*EXAMPLERECEIVER*{day}*0915*^*00501*000000042*0*P*:",
        f"GS*{kind}*EXAMPLESENDER*EXAMPLERECEIVER*20{day}*0915*42*X*{version}",
    ]
    for n, body in enumerate(sets, 1):
        rows += [f"ST*{code}*{n:04d}{guide}", *body, f"SE*{len(body) + 2}*{n:04d}"]
    rows += [f"GE*{len(sets)}*42", "IEA*1*000000042"]
    return "".join(f"{row}~\n" for row in rows).encode()
