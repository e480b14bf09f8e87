"""Writing planned claims as 837P (005010X222A1) and 837I (005010X223A2) transactions, loop by loop."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Literal

import msgspec

from recoup_tools.demo.catalog import Practice
from recoup_tools.demo.scenario import Line, PlannedClaim
from recoup_tools.demo.x12 import amount, day, trimmed

Frequency = Literal["1", "7", "8"]


class Submission(msgspec.Struct, frozen=True):
    """One claim as sent: CLM05-3 frequency, the lines of this version, and the CLM02 stated."""

    claim: PlannedClaim
    frequency: Frequency
    lines: tuple[Line, ...]
    stated: Decimal


def original(claim: PlannedClaim) -> Submission:
    """The claim's first submission. A claim to be replaced lacks its last line; an unbalanced one overstates CLM02."""
    lines = claim.lines[:-1] if claim.kind == "replaced" else claim.lines
    stated = sum((line.charge for line in lines), Decimal(0))
    return Submission(claim, "1", lines, stated + 10 if claim.kind == "unbalanced" else stated)


def follow_up(claim: PlannedClaim) -> Submission | None:
    """The replacement (frequency 7) or void (frequency 8) that follows the original, if any."""
    if claim.kind == "replaced":
        return Submission(claim, "7", claim.lines, claim.charge)
    if claim.kind == "voided":
        return Submission(claim, "8", claim.lines, claim.charge)
    return None


def transaction(submissions: Iterable[Submission], *, reference: str, written_at: datetime) -> list[str]:
    """The segments between ST and SE of one 837, all professional or all institutional."""
    segments = [
        f"BHT*0019*00*{reference}*{day(written_at.date())}*{written_at:%H%M}*CH",
        "NM1*41*2*RECOUP DEMO SUBMITTER*****46*RECOUPDEMO",
        "PER*IC*DEMO CONTACT*TE*5555550100",
        "NM1*40*2*RECOUP DEMO CLEARINGHOUSE*****46*CLEARDEMO",
    ]
    levels = 0
    ordered = sorted(submissions, key=lambda s: (s.claim.practice.place.npi, s.claim.number))
    for _, of_practice in groupby(ordered, key=lambda s: s.claim.practice.place.npi):
        group = list(of_practice)
        levels += 1
        billing_level = levels
        segments += _billing(billing_level, group[0].claim.practice)
        for submission in group:
            levels += 1
            segments += _subscriber(levels, billing_level, submission.claim)
            if submission.claim.patient.subscriber_first:
                levels += 1
                segments += _dependent(levels, levels - 1, submission.claim)
            institutional = submission.claim.institutional
            segments += _institutional(submission) if institutional else _professional(submission)
    return segments


def _billing(level: int, practice: Practice) -> list[str]:
    place = practice.place
    return [
        f"HL*{level}**20*1",
        f"PRV*BI*PXC*{practice.taxonomy}",
        f"NM1*85*2*{place.name}*****XX*{place.npi}",
        f"N3*{place.street}",
        f"N4*{place.city}*{place.state}*{place.zip}",
        f"REF*EI*{practice.tin}",
    ]


def _home(claim: PlannedClaim) -> list[str]:
    place = claim.practice.place
    return [f"N3*{claim.number % 900 + 1} SYNTHETIC ST", f"N4*{place.city}*{place.state}*{place.zip}"]


def _subscriber(level: int, parent: int, claim: PlannedClaim) -> list[str]:
    patient = claim.patient
    dependent = bool(patient.subscriber_first)
    first = patient.subscriber_first or patient.first
    segments = [
        f"HL*{level}*{parent}*22*{'1' if dependent else '0'}",
        f"SBR*P*{'' if dependent else '18'}*GRP{claim.payer.id}******{claim.filing}",
        f"NM1*IL*1*{patient.last}*{first}****MI*{patient.member}",
    ]
    if not dependent:
        segments += [*_home(claim), f"DMG*D8*{day(patient.born)}*{patient.gender}"]
    segments.append(f"NM1*PR*2*{claim.payer.name}*****PI*{claim.payer.id}")
    return segments


def _dependent(level: int, parent: int, claim: PlannedClaim) -> list[str]:
    patient = claim.patient
    return [
        f"HL*{level}*{parent}*23*0",
        "PAT*19",
        f"NM1*QC*1*{patient.last}*{patient.first}",
        *_home(claim),
        f"DMG*D8*{day(patient.born)}*{patient.gender}",
    ]


def _references(submission: Submission) -> list[str]:
    references: list[str] = []
    if submission.claim.authorization:
        references.append(f"REF*G1*{submission.claim.authorization}")
    if submission.frequency != "1":
        references.append(f"REF*F8*{submission.claim.payer_claim_number}")
    return references


def _professional(submission: Submission) -> list[str]:
    claim = submission.claim
    yes = "Y" if claim.assigned else "N"
    assignment = "A" if claim.assigned else "C"
    segments = [
        f"CLM*{claim.control_number}*{amount(submission.stated)}***{claim.visit.place}:B:{submission.frequency}"
        f"*Y*{assignment}*{yes}*Y"
    ]
    if claim.visit.place == "21":
        segments.append(f"DTP*435*D8*{day(claim.service_on)}")
    segments += _references(submission)
    qualifiers = ("ABK", *["ABF"] * 11)
    segments.append("HI*" + "*".join(f"{q}:{code}" for q, code in zip(qualifiers, claim.visit.diagnoses, strict=False)))
    segments += [
        f"NM1*82*1*{claim.person.last}*{claim.person.first}****XX*{claim.person.npi}",
        f"PRV*PE*PXC*{claim.person.taxonomy}",
    ]
    facility = claim.practice.facility
    if facility is not None and claim.visit.place != "11":
        segments += [
            f"NM1*77*2*{facility.name}*****XX*{facility.npi}",
            f"N3*{facility.street}",
            f"N4*{facility.city}*{facility.state}*{facility.zip}",
        ]
    pointers = ":".join(str(n + 1) for n in range(len(claim.visit.diagnoses)))
    emergency = "Y" if claim.visit.place == "23" else ""
    for line in submission.lines:
        procedure = ":".join(("HC", line.visit.code, *line.visit.modifiers))
        segments += [
            f"LX*{line.number}",
            trimmed(f"SV1*{procedure}*{amount(line.charge)}*UN*{line.visit.units}***{pointers}**{emergency}"),
            f"DTP*472*D8*{day(claim.service_on)}",
            f"REF*6R*{line_control(claim, line)}",
        ]
    return segments


def _institutional(submission: Submission) -> list[str]:
    claim = submission.claim
    emergency = any(line.visit.revenue == "0450" for line in claim.lines)
    principal, *others = claim.visit.diagnoses
    segments = [
        f"CLM*{claim.control_number}*{amount(submission.stated)}***{claim.visit.place}:A:{submission.frequency}"
        f"**{'A' if claim.assigned else 'C'}*{'Y' if claim.assigned else 'N'}*Y",
        f"DTP*434*RD8*{day(claim.service_on)}-{day(claim.service_on)}",
        f"CL1*{'1' if emergency else '3'}*1*01",
        *_references(submission),
        f"HI*ABK:{principal}",
    ]
    if emergency:
        segments.append(f"HI*APR:{principal}")
    if others:
        segments.append("HI*" + "*".join(f"ABF:{code}" for code in others))
    segments += [
        f"NM1*71*1*{claim.person.last}*{claim.person.first}****XX*{claim.person.npi}",
        f"PRV*AT*PXC*{claim.person.taxonomy}",
    ]
    for line in submission.lines:
        procedure = ":".join(("HC", line.visit.code, *line.visit.modifiers))
        segments += [
            f"LX*{line.number}",
            f"SV2*{line.visit.revenue}*{procedure}*{amount(line.charge)}*UN*{line.visit.units}",
            f"DTP*472*D8*{day(claim.service_on)}",
            f"REF*6R*{line_control(claim, line)}",
        ]
    return segments


def line_control(claim: PlannedClaim, line: Line) -> str:
    """The line item control number (REF*6R), which the payer repeats on the 835."""
    return f"{claim.control_number}L{line.number}"
