"""Rules about a claim's diagnoses, procedures and HCPCS level II codes (SNIP type 5), by the day of service."""

from __future__ import annotations

from datetime import date

from recoup_x12.codes import find, shapes, table
from recoup_x12.codes.diagnoses import Found, diagnosis
from recoup_x12.core.problem import Problem, Severity, claim_problem
from recoup_x12.core.segments import HealthCode
from recoup_x12.sets.claim837.model import Claim

ICD10_FROM = date(2015, 10, 1)
ICD10_DIAGNOSES = frozenset({"ABK", "ABF", "ABJ", "APR", "ABN"})
ICD9_DIAGNOSES = frozenset({"BK", "BF", "BJ", "PR", "BN"})


def check_diagnoses(claim: Claim, served: date | None, found: list[Problem]) -> None:
    """Add what is wrong with the codes in HI, for services on the day `served`."""
    for at, health in enumerate(claim.health_codes, 1):
        if health.qualifier in ICD10_DIAGNOSES:
            stands = diagnosis(health.code, served)
            if stands.standing != "valid":
                found.append(_not_valid(health, at, stands))
            elif served is not None and served < ICD10_FROM:
                found.append(_wrong_era(at, "ICD-10", "before"))
        elif health.qualifier in ICD9_DIAGNOSES:
            if served is not None and served >= ICD10_FROM:
                found.append(_wrong_era(at, "ICD-9", "from"))
            elif not shapes.icd9(health.code):
                found.append(_bad_code(at, "not shaped like an ICD-9-CM diagnosis", "error"))
        elif health.qualifier in ("BBR", "BBQ") and not shapes.icd10_procedure(health.code):
            found.append(_bad_code(at, "not shaped like an ICD-10-PCS procedure", "error"))


def _not_valid(health: HealthCode, at: int, stands: Found) -> Problem:
    """What is wrong with a code; a warning where the release of its day is not at hand, so that it may be right."""
    shaped = health.code.isalnum() and 3 <= len(health.code) <= 7
    if not shaped and "." in health.code:
        return _bad_code(at, "an ICD-10-CM code is sent without its point", "error")
    since = f"{stands.since.day} {stands.since:%B %Y}" if stands.since else ""
    note = {
        "incomplete": f"a category of ICD-10-CM {stands.version}, which needs more characters",
        "deleted": f"deleted from ICD-10-CM on {since}",
        "not_yet": f"an ICD-10-CM code from {since} on, and not before",
    }.get(stands.standing, f"not an ICD-10-CM code of {stands.version}")
    if stands.missing:
        note = f"{note}, the newest list here: that of {stands.missing} is not loaded"
    return _bad_code(at, note, "warning" if stands.outside and shaped else "error")


def _bad_code(at: int, message: str, severity: Severity) -> Problem:
    return claim_problem(
        5, "HI", message, "send a billable code of the year of service", element=min(at, 12), component=2, code="I12",
        severity=severity, status=("A7", "255"),
    )  # fmt: skip


def _wrong_era(at: int, system: str, when: str) -> Problem:
    return claim_problem(
        5, "HI", f"{system} is not used for services {when} 1 October 2015",
        "use the code set in force on the day of service", element=min(at, 12), component=1, code="7",
        status=("A7", "255"),
    )  # fmt: skip


def check_level_two(claim: Claim, served: date | None, found: list[Problem]) -> None:
    """HCPCS level II codes against CMS's list of the day, where one is loaded; CPT and CDT are licensed."""
    if find("hcpcs") is None:
        return
    segment = {"professional": "SV1", "institutional": "SV2"}.get(claim.form, "SV3")
    for index, line in enumerate(claim.lines, 1):
        procedure = line.procedure
        if procedure is None or procedure.qualifier != "HC" or not "A" <= procedure.code[:1] <= "V":
            continue
        day = line.service_from or served
        codes = table("hcpcs", day)
        if procedure.code.startswith("D") or (
            procedure.code in codes.codes and not (day is not None and codes.stopped(procedure.code, day))
        ):
            continue
        early = day is not None and codes.valid_from is not None and day < codes.valid_from
        late = day is not None and codes.valid_to is not None and day > codes.valid_to
        found.append(
            claim_problem(
                5,
                segment,
                f"not a HCPCS level II code of {codes.version}",
                "send a code in force on the day of service",
                element=2 if segment == "SV2" else 1,
                component=2,
                line=index,
                severity="warning" if early or late else "error",
                code="7",
                status=("A7", "507"),
            )
        )
