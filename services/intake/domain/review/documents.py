"""Papers and particulars: what a payer will ask for, by specialty, before it pays or after it denies."""

from __future__ import annotations

from services.intake.domain.review.case import Case, Hit, Hits
from services.intake.domain.review.kinds import (
    AMBULANCE,
    ANESTHESIA,
    CRITICAL_CARE,
    DRUG,
    EMERGENCY_VISIT,
    EQUIPMENT,
    HOSPITAL_VISIT,
    LABORATORY,
    RADIOLOGY,
    SURGERY,
    UNLISTED,
)

BY_KIND = (
    (SURGERY, "operative or procedure report"),
    (ANESTHESIA, "anesthesia record with start and stop times"),
    (EMERGENCY_VISIT, "emergency department record with triage and medical decision making"),
    (CRITICAL_CARE, "statement of critical care time"),
    (HOSPITAL_VISIT, "hospital notes of the days billed"),
    (RADIOLOGY, "signed interpretation and order"),
    (LABORATORY, "order and result"),
    (AMBULANCE, "run report and statement of medical necessity"),
    (EQUIPMENT, "order and proof of delivery"),
    (DRUG, "administration record with amount given and discarded"),
)
BY_MODIFIER = (
    ("22", "operative report that shows the additional work"),
    ("53", "record of why the procedure was discontinued"),
    ("62", "operative report of each surgeon"),
    ("66", "operative report of the team"),
    ("59", "record that shows the services distinct"),
    ("25", "note of the separate visit"),
)


def needed(case: Case) -> Hits:
    """One finding that lists what to have at hand; none where the claim announces its attachments (PWK)."""
    if case.claim.attachments:
        return ()
    wanted = [paper for kind, paper in BY_KIND if case.kinds & kind]
    if any(item.modifiers for item in case.items):
        held = {m for item in case.items for m in item.modifiers}
        wanted += [paper for modifier, paper in BY_MODIFIER if modifier in held]
    if not wanted:
        return ()
    return (Hit(f"Payers ask for: {'; '.join(wanted)}.", "Have it ready; announce what you send with it (PWK)."),)


def undescribed(case: Case) -> Hits:
    """SV101-7, SV202-7 or a note must say what a not otherwise classified code stands for (TR3 2400 SV101-7)."""
    claim_note = any(n.text for n in case.claim.notes)
    how_to_fix = "Describe the service (SV101-7 or a line note) and name the nearest listed code."
    return [
        Hit(f"{item.code} does not say what was done.", how_to_fix, item.number)
        for item in case.items
        if item.kinds & UNLISTED
        and not claim_note
        and not (item.line.procedure and item.line.procedure.description)
        and not item.line.notes
    ]


def drug_unnamed(case: Case) -> Hits:
    """Loop 2410 names the drug by its NDC; many plans refuse drug codes without it."""
    how_to_fix = "Send the NDC with quantity and unit (loop 2410)."
    return [
        Hit("A drug is billed without its NDC.", how_to_fix, item.number)
        for item in case.items
        if item.kinds & DRUG and not item.line.drugs
    ]


def assignment(case: Case) -> Hits:
    """CLM08: without assignment a plan may pay the patient, and only the patient may appeal.

    29 CFR 2560.503-1(b)(4): a representative needs the claimant's authorization.
    """
    if case.claim.benefits_assignment == "Y":
        return ()
    how_to_fix = "Obtain the patient's assignment of benefits or authorization to appeal, and send Y in CLM08."
    return (Hit("Benefits are not assigned to the provider.", how_to_fix),)
