"""What a 277CA or 277 says, one report a claim; and rejections of interchanges that are not ours."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from recoup_x12 import StatusRead
from services.intake.domain.outbound_ack import OutboundAck
from services.intake.domain.status_report import StatusReport, statuses_of
from shared.events.statuses import ClaimStatus, StatusKind


def add_status(reports: list[StatusReport], item: StatusRead) -> None:
    """Take one STC: of a claim, of one of its lines, or of a whole batch that is rejected.

    What a receiver says of a batch that it takes is nothing to act upon.
    """
    report = _report(item)
    if item.level != "claim":
        if report.rejects:
            reports.append(replace(report, scope="batch", batch=f"{item.batch} {item.reference}".strip()))
        return
    last = reports[-1] if reports else None
    if last is not None and _same(last, report):
        reports[-1] = replace(last, statuses=last.statuses + report.statuses)
    else:
        reports.append(report)


def _same(last: StatusReport, report: StatusReport) -> bool:
    """Return True if both are of one loop: the claim's further statuses, or those of its lines."""
    return (last.scope, last.control_number, last.inquiry, last.patient, last.served_from, last.batch) == (
        "claim", report.control_number, report.inquiry, report.patient, report.served_from, report.batch,
    )  # fmt: skip


def _report(item: StatusRead) -> StatusReport:
    kind: StatusKind = "277CA" if item.implementation.startswith("005010X214") else "277"
    line = (item.line_number or item.procedure or "-") if item.of_line else ""
    return StatusReport(
        kind=kind,
        control_number=item.control_number,
        statuses=tuple(ClaimStatus(_code(c), _code(s), _code(e), line_number=line) for c, s, e in item.statuses),
        action=_code(item.action),
        reported_on=_day(item.date),
        charge=None if item.of_line else item.amount,
        payer_claim_number=item.payer_claim_number,
        sender=item.sender,
        provider_id=item.provider_id,
        patient=item.patient,
        served_from=item.served_from,
        served_to=item.served_to,
        inquiry=item.reference if kind == "277" else "",
        batch=item.batch,
    )


def refusal_of(acknowledgment: OutboundAck) -> StatusReport | None:
    """A TA1 or 999 that rejects what we did not send: of the provider's own claims perhaps, which a person knows."""
    if acknowledgment.accepted:
        return None
    statuses = statuses_of(acknowledgment)
    kind: StatusKind = "TA1" if any(s.category == "TA1" for s in statuses) else "999"
    return StatusReport(kind, "", statuses, scope="batch", batch=f"{acknowledgment.control:09}")


def _code(text: str) -> str:
    """A code as received, fit for an event: short and plain, or nothing."""
    return text if text.isalnum() and text.isascii() and len(text) <= 5 else ""


def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])) if len(text) == 8 else None
    except ValueError:
        return None
