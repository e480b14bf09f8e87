"""What payers say of claims beside their payments, in one plain sentence each."""

from __future__ import annotations

from datetime import date

from shared.events.statuses import ClaimInquired, ClaimStatus, CoverageReported, PayerRejectedClaim, PayerReportedStatus

_STANDS = {
    "A": "the claim was received",
    "P": "the claim is pending",
    "F": "it has decided on the claim",
    "R": "it wants more information",
    "D": "it could not look the claim up",
    "E": "it could not answer",
}
"""By the first letter of the claim status category (code source 507)."""
_DECIDED = {
    "F1": "it has decided to pay the claim",
    "F2": "it has denied the claim",
    "F3": "it has revised its decision on the claim",
    "F4": "it has decided on the claim and pays nothing more",
}


def rejected(event: PayerRejectedClaim) -> str:
    """The claim never reached adjudication, what the payer objects to, and by when it has to leave again."""
    who = "The clearinghouse" if event.by_clearinghouse else "The payer"
    by = f", at the latest on {_day(event.file_by)}" if event.file_by else ""
    return f"{who} did not take the claim{_codes(event.statuses)}: correct it and send it again as an original{by}."


def reported(event: PayerReportedStatus) -> str:
    """Where the payer says that the claim stands."""
    who = "The clearinghouse" if event.by_clearinghouse else "The payer"
    whole = next((s.category for s in event.statuses if not s.line), "")
    what = _DECIDED.get(whole) or _STANDS.get(whole[:1], "the claim has this status")
    asked = " in answer to our inquiry" if event.inquiry else ""
    return f"{who} says{asked} that {what}{_codes(event.statuses)}."


def inquired(event: ClaimInquired) -> str:
    """The payer is asked where the claim stands, or why it is not."""
    asked = f", as its answer is overdue for the {_nth(event.number)} time" if event.number else ""
    if event.status == "sent":
        return f"The payer is asked where the claim stands (276){asked}."
    if event.status == "rejected":
        codes = f" ({', '.join(event.codes[:5])})" if event.codes else ""
        return f"Our inquiry (276) was rejected{codes}: ask the payer otherwise."
    return f"No inquiry (276) can be written of the claim: {event.reason.rstrip('.')}. Ask the payer otherwise."


def covered(event: CoverageReported) -> str:
    """What the payer says of the patient's coverage, or why it says nothing."""
    codes = f" ({', '.join(event.codes[:5])})" if event.codes else ""
    if event.status == "rejected":
        return f"Our question about coverage (270) was rejected{codes}."
    if event.status == "refused":
        return f"The payer does not answer about coverage{codes}."
    if event.status == "doubtful":
        return "The payer's answer about coverage names another person: a person must look, and nothing of it is used."
    in_force = {True: "was in force", False: "was not in force", None: "is not said to be in force"}[event.active]
    parts = [*event.plan_names[:2], *(f"group {group.number}" for group in event.groups[:2])]
    parts += [event.funding.replace("_", "-")] if event.funding else []
    plan = f" ({', '.join(parts)})" if parts else ""
    return f"The payer says that the plan{plan} {in_force} on the days of service."


def _nth(number: int) -> str:
    return {1: "first", 2: "second", 3: "third"}.get(number, f"{number}th")


def _codes(statuses: tuple[ClaimStatus, ...]) -> str:
    codes = dict.fromkeys(":".join(filter(None, (s.category, s.code, s.entity))) for s in statuses)
    return f" ({', '.join(list(codes)[:5])})" if codes else ""


def _day(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"
