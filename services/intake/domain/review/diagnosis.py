"""Diagnoses: present, specific, in a place they may stand, and pointed to by the lines."""

from __future__ import annotations

from recoup_x12.codes import table
from services.intake.domain.review.case import Case, Hit, Hits

_MAX_POINTERS = 4


def missing(case: Case) -> Hits:
    """HI is required on professional and institutional claims (TR3 2300 HI)."""
    if case.diagnoses:
        return ()
    return (
        Hit("The claim has no diagnosis.", "Add the principal diagnosis (HI ABK) and those that support each line."),
    )


def unspecific(case: Case) -> Hits:
    """ICD-10-CM guideline I.B.18: unspecified codes only where the record supports nothing more specific.

    A symptom (chapter 18) is what an emergency department often ends with, and is coded as such (IV.D).
    """
    diagnoses = case.diagnoses
    if diagnoses and case.emergency and diagnoses[0].code.startswith("R"):
        return ()
    if not diagnoses or diagnoses[0].code not in table("icd10cm", case.claim.service_from).flagged:
        return ()
    how_to_fix = "Take the site, side, type or stage from the record and send the code that names it."
    return (Hit("The principal diagnosis is an unspecified code.", how_to_fix),)


def external_cause_first(case: Case) -> Hits:
    """ICD-10-CM guideline I.C.20.a.6: a code of V00-Y99 is never listed first."""
    diagnoses = case.diagnoses
    if not diagnoses or diagnoses[0].qualifier != "ABK" or diagnoses[0].code[:1] not in ("V", "W", "X", "Y"):
        return ()
    how_to_fix = "List the injury or condition first and the external cause after it (HI ABN or a secondary diagnosis)."
    return (Hit("The principal diagnosis is an external cause.", how_to_fix),)


def repeated(case: Case) -> Hits:
    """ICD-10-CM guideline I.B.12: each diagnosis is reported once an encounter."""
    codes = [h.code for h in case.diagnoses]
    if len(set(codes)) == len(codes):
        return ()
    return (Hit("A diagnosis is listed more than once.", "Remove the repetition and let the pointers follow."),)


def pointers(case: Case) -> Hits:
    """SV107: one to four pointers, the first required, each to a diagnosis that the claim lists (TR3 2400 SV107)."""
    count = len(case.diagnoses)
    if not count:
        return ()
    found: list[Hit] = []
    for item in case.items:
        pointing = item.line.pointers
        if not pointing:
            found.append(
                Hit(
                    "The line points to no diagnosis.",
                    "Point it to the diagnosis that supports it (SV107).",
                    item.number,
                )
            )
        elif max(pointing) > count or min(pointing) < 1:
            how_to_fix = f"The claim lists {count}: point within them, or add the diagnosis (SV107)."
            found.append(Hit("The line points to a diagnosis that the claim does not list.", how_to_fix, item.number))
        elif len(set(pointing)) < len(pointing) or len(pointing) > _MAX_POINTERS:
            how_to_fix = "Send one to four pointers, each to another diagnosis, the most important first (SV107)."
            found.append(
                Hit("The line's diagnosis pointers repeat or are too many.", how_to_fix, item.number, "warning")
            )
    return found
