"""Rules about a whole claim: situational requirements (2), balancing (3), inter-segment (4); `code_sets` has 5.

Each rule cites its place in the TR3s. Rules are ordered from the cheapest; a sound claim pays for comparisons
only. Element-level rules live with the X12 reader, since other formats (JSON, FHIR) have no elements.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache

from msgspec.structs import replace

from recoup_x12.core.problem import Problem, claim_problem
from recoup_x12.core.segments import dated
from recoup_x12.sets.claim837.addresses import check_addresses
from recoup_x12.sets.claim837.code_sets import check_diagnoses, check_level_two
from recoup_x12.sets.claim837.model import Claim, OtherPayer

PLACES_INPATIENT = frozenset({"21", "51", "61"})
OUTPATIENT = frozenset({"13", "14", "23", "34", "43", "71", "72", "73", "74", "75", "76", "77", "79", "83", "85"})
"""Facility types (CLM05-1) of outpatient bills whose lines have a day each; what is neither here nor an inpatient bill
(home health, hospice, inpatient under Part B) is left to the payer with a warning."""
REPLACING = frozenset({"7", "8"})


@lru_cache(maxsize=256)
def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def validate_claim(claim: Claim) -> list[Problem]:
    """Return every rule that the claim breaks; none for a sound one."""
    found: list[Problem] = []
    served = claim.service_from
    _balance(claim, found)
    _patient(claim, served, found)
    check_diagnoses(claim, served, found)
    _lines(claim, found)
    check_level_two(claim, served, found)
    _situational(claim, found)
    check_addresses(claim, found)
    if claim.other_payers:
        for payer in claim.other_payers:
            _other_payer(claim, payer, found)
    return found


def _balance(claim: Claim, found: list[Problem]) -> None:
    """CLM02 is the sum of the lines' charges (TR3 2300 CLM02)."""
    charges = [line.charge for line in claim.lines]
    if charges and sum(charges) != claim.charge:
        found.append(
            claim_problem(
                3,
                "CLM",
                "the claim's charge is not the sum of its lines' charges",
                "make CLM02 equal the sum of SV102, SV203 or SV302",
                element=2,
                code="I12",
                status=("A7", "178"),
            )
        )


def _patient(claim: Claim, served: date | None, found: list[Problem]) -> None:
    """SBR02 is 18 exactly where the patient is the subscriber (TR3 2000B SBR02, 2000C)."""
    myself = claim.coverage.relationship == "18"
    if claim.patient is None:
        if not myself:
            found.append(
                claim_problem(
                    4,
                    "SBR",
                    "the patient is neither the subscriber nor given as a dependent",
                    "send SBR02 18, or loop 2000C with the patient",
                    loop="2000B",
                    element=2,
                    code="I9",
                    status=("A7", "247"),
                )
            )
        elif claim.subscriber.demographics is None or claim.subscriber.address is None:
            missing = "DMG" if claim.subscriber.demographics is None else "N3"
            found.append(
                claim_problem(
                    2,
                    missing,
                    "the subscriber is the patient, whose address and birth date are required",
                    "send N3, N4 and DMG in loop 2010BA",
                    loop="2010BA",
                    code="I6",
                    status=("A7", "158", "IL"),
                )
            )
    elif myself:
        found.append(
            claim_problem(
                4,
                "SBR",
                "SBR02 says that the patient is the subscriber, but a dependent is given",
                "leave SBR02 empty, or send the claim in loop 2000B",
                loop="2000B",
                element=2,
                code="I13",
                status=("A7", "247"),
            )
        )
    who = claim.who.demographics
    if who is not None and who.born is not None and served is not None and who.born > served:
        found.append(
            claim_problem(
                4,
                "DMG",
                "the patient was born after the day of service",
                "check both dates",
                element=2,
                code="8",
                status=("A7", "158"),
            )
        )


_OUT_OF_COUNT = claim_problem(
    2, "LX", "line numbers do not count up from 1", "number the claim's lines 1, 2, 3 …", element=1,
    severity="warning", code="I12",
)  # fmt: skip
_NO_POINTER = claim_problem(
    2, "SV1", "a diagnosis pointer is missing", "point the line to its first diagnosis", element=7, component=1,
    code="1", status=("A7", "477"),
)  # fmt: skip
_SERVED_LATER = claim_problem(
    4, "DTP", "the service is dated after the claim was sent", "check the date", element=3, code="8",
    status=("A7", "187"),
)  # fmt: skip
_ENDS_LATER = claim_problem(
    4, "DTP", "the service ends after the claim was sent", "check the date: only rentals and supplies may end later",
    element=3, severity="warning", code="8", status=("A7", "187"),
)  # fmt: skip
_NEGATIVE = claim_problem(
    2, "SV1", "a charge is negative", "send what is billed, 0 or more; correct a claim with frequency 7", element=2,
    code="I12", status=("A7", "178"),
)  # fmt: skip
_UNDATED = claim_problem(
    2, "DTP", "an outpatient line has no date, and the statement covers several days", "send DTP*472 with the line",
    loop="2400", code="I6", status=("A7", "187"),
)  # fmt: skip
_CHARGED_IN = {"professional": ("SV1", 2), "institutional": ("SV2", 3), "dental": ("SV3", 2)}


def _lines(claim: Claim, found: list[Problem]) -> None:
    """Diagnosis pointers (SV107, SV311), line counter (LX01), charges, dates that make sense (DTP*472)."""
    count = len(claim.diagnoses)
    professional = claim.form == "professional"
    created = _day(claim.batch_created[:8])
    for index, line in enumerate(claim.lines, 1):
        if line.number != index:
            found.append(replace(_OUT_OF_COUNT, line=index))
        for at, pointer in enumerate(line.pointers, 1):
            if not 1 <= pointer <= count:
                found.append(_dangling(professional, at, index))
        if professional and not line.pointers and line.procedure is not None:
            found.append(replace(_NO_POINTER, line=index))
        if created is not None:
            served = line.service_to
            if served is not None and served > created:
                begun = line.service_from
                later = begun is not None and begun > created
                found.append(replace(_SERVED_LATER if later else _ENDS_LATER, line=index))
        if line.charge < 0:
            segment, element = _CHARGED_IN[claim.form]
            found.append(replace(_NEGATIVE, segment=segment, element=element, line=index))


def _dangling(professional: bool, at: int, line: int) -> Problem:
    return claim_problem(
        4, "SV1" if professional else "SV3", "a diagnosis pointer points to no diagnosis of the claim",
        "point to a diagnosis that HI holds", element=7 if professional else 11, component=at, line=line, code="I12",
        status=("A7", "477"),
    )  # fmt: skip


def _situational(claim: Claim, found: list[Problem]) -> None:
    if claim.frequency in REPLACING and not claim.payer_claim_number:
        found.append(
            claim_problem(
                2,
                "REF",
                "a replacement or void must name the payer's claim it is about",
                "send REF*F8 with the payer's claim control number",
                loop="2300",
                code="I6",
                status=("A7", "464"),
            )
        )
    if not claim.billing.npi and not any(r.qualifier in ("G2", "LU") for r in claim.payer.references):
        found.append(
            claim_problem(
                2,
                "NM1",
                "the billing provider has no NPI",
                "send NM108 XX with the NPI in loop 2010AA (or REF*G2 in 2010BB for an atypical provider)",
                loop="2010AA",
                element=9,
                code="I9",
                status=("A7", "562", "85"),
            )
        )
    accident = claim.accident
    if accident is not None:
        if ("AA" in accident.causes or "OA" in accident.causes) and not dated(claim.dates, "439"):
            found.append(
                claim_problem(
                    2, "DTP", "an accident needs its date", "send DTP*439", loop="2300", code="I6", status=("A7", "189")
                )
            )
        if "AA" in accident.causes and not accident.state and not accident.country:
            found.append(
                claim_problem(
                    2,
                    "CLM",
                    "an auto accident needs its state",
                    "send CLM11-4",
                    element=11,
                    component=4,
                    code="I9",
                    status=("A7", "245"),
                )
            )
    if claim.form == "professional":
        _professional(claim, found)
    elif claim.form == "institutional":
        _institutional(claim, found)


def _professional(claim: Claim, found: list[Problem]) -> None:
    if claim.place in PLACES_INPATIENT and not dated(claim.dates, "435"):
        found.append(
            claim_problem(
                2,
                "DTP",
                "an inpatient visit needs its admission date",
                "send DTP*435",
                loop="2300",
                severity="warning",
                code="I6",
                status=("A7", "189"),
            )
        )
    if claim.transport is not None or claim.place in ("41", "42"):
        roles = {p.role for p in claim.providers}
        if not {"PW", "45"} <= roles:
            found.append(
                claim_problem(
                    2,
                    "NM1",
                    "an ambulance claim needs where the trip began and ended",
                    "send loops 2310E (PW) and 2310F (45)",
                    loop="2310E",
                    severity="warning",
                    code="I6",
                    status=("A7", "267"),
                )
            )


def _institutional(claim: Claim, found: list[Problem]) -> None:
    if claim.provider("71") is None:
        found.append(
            claim_problem(
                2,
                "NM1",
                "the attending provider is missing",
                "send loop 2310A with NM1*71",
                loop="2310A",
                code="I6",
                status=("A7", "504"),
            )
        )
    bill = claim.place[-2:]
    inpatient = bill in ("11", "18", "21", "41", "65", "66", "86")
    statement = dated(claim.dates, "434")
    if statement is not None and statement.start is not None and statement.start != statement.end and not inpatient:
        for index, line in enumerate(claim.lines, 1):
            if not line.drugs and line.service_from is None:
                found.append(replace(_UNDATED, line=index, severity="error" if bill in OUTPATIENT else "warning"))
    if inpatient and not dated(claim.dates, "435"):
        found.append(
            claim_problem(
                2,
                "DTP",
                "an inpatient claim needs its admission date and hour",
                "send DTP*435",
                loop="2300",
                severity="warning",
                code="I6",
                status=("A7", "189"),
            )
        )


def _other_payer(claim: Claim, payer: OtherPayer, found: list[Problem]) -> None:
    """What another payer paid is the charge less all its adjustments (TR3 1.4.4, coordination of benefits)."""
    payer_id = payer.payer.id if payer.payer else ""
    adjusted = sum([a.amount for a in payer.adjustments], Decimal(0))
    judged = bool(payer.adjustments)
    for index, line in enumerate(claim.lines, 1):
        for adjudication in line.adjudications:
            if adjudication.payer_id != payer_id:
                continue
            judged = True
            adjustments = sum([a.amount for a in adjudication.adjustments], Decimal(0))
            adjusted += adjustments
            if line.charge - adjustments != adjudication.paid:
                found.append(
                    claim_problem(
                        3,
                        "SVD",
                        "what the other payer paid is not the line's charge less its adjustments",
                        "make SVD02 equal the line charge less the CAS amounts of loop 2430",
                        element=2,
                        line=index,
                        code="I12",
                        status=("A7", "400"),
                    )
                )
    paid = payer.paid
    if judged and paid is not None and claim.charge - adjusted != paid:
        found.append(
            claim_problem(
                3,
                "AMT",
                "what the other payer paid is not the claim's charge less its adjustments",
                "make AMT*D equal CLM02 less the CAS amounts of loops 2320 and 2430",
                loop="2320",
                element=2,
                code="I12",
                status=("A7", "400"),
            )
        )
