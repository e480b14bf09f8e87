"""Dates, timely filing and authorization."""

from __future__ import annotations

from datetime import date

from services.intake.domain.review.case import Case, Hit, Hits
from services.intake.domain.review.tables import AuthorizationNeed, FilingLimit

SOON = 14
"""Days before the end of a filing limit from which the claim is urgent."""
LONG = 365
"""Days after which a claim is late for almost every plan, where its limit is not known."""


def submitted_on(case: Case) -> date | None:
    """The day on which the claim was made out (BHT04), and that of its receipt where it does not say or is earlier.

    A claim that is loaded long after it was sent was sent on its own day.
    """
    text = case.claim.batch_created[:8]
    try:
        made = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return case.received_on
    return made if case.received_on is None else min(made, case.received_on)


def future(case: Case) -> Hits:
    """A service after the day on which it was billed."""
    served, sent = case.claim.service_to, case.received_on or submitted_on(case)
    if served is None or sent is None or served <= sent:
        return ()
    return (Hit("A service date lies after the day of submission.", "Correct the date, or send the claim afterwards."),)


def timely(case: Case) -> Hits:
    """The payer's time limit for claims, by the table in force on the day of service.

    The limit runs from the end of an institutional stay, else from the service (42 CFR 424.44 for Medicare).
    """
    claim = case.claim
    served = claim.service_to if claim.form == "institutional" else claim.service_from
    sent = submitted_on(case)
    if served is None or sent is None:
        return ()
    limit = _limit(case.tables.filing, claim.payer.id, claim.coverage.filing_indicator, served)
    excused = "info" if claim.delay_reason else None
    if limit is None:
        if (sent - served).days <= LONG:
            return ()
        how_to_fix = (
            "Find the plan's limit; send the reason of the delay (CLM20) and proof of earlier filing (277CA, 999)."
        )
        return (
            Hit(
                "The service is more than a year old and the plan's limit is not known.",
                how_to_fix,
                0,
                excused or "warning",
            ),
        )
    last = limit.last_day(served)
    if sent > last:
        how_to_fix = f"Send the reason of the delay (CLM20) and proof of earlier filing. The limit: {limit.source}."
        return (Hit(f"The filing limit ended {(sent - last).days} days before.", how_to_fix, 0, excused),)
    if (last - sent).days <= SOON:
        return (
            Hit(f"The filing limit ends in {(last - sent).days} days.", "Send it to the payer first.", 0, "warning"),
        )
    return ()


def _limit(limits: tuple[FilingLimit, ...], payer: str, indicator: str, served: date) -> FilingLimit | None:
    """The payer's own limit before that of its kind."""
    general: FilingLimit | None = None
    for limit in limits:
        if limit.valid_from <= served <= limit.valid_to:
            if limit.payer_id and limit.payer_id == payer:
                return limit
            if not limit.payer_id and limit.filing_indicator == indicator:
                general = limit
    return general


def authorization(case: Case) -> Hits:
    """No prior authorization (REF*G1) for what plans commonly want one for.

    Never for emergencies, for which plans may not demand it (42 USC 300gg-111(a)(1)(A)), nor after a referral (REF*9F).
    """
    claim = case.claim
    needs = case.tables.authorization
    if case.emergency or not needs or any(r.qualifier in ("G1", "9F") and r.value for r in claim.references):
        return ()
    how_to_fix = "Send the authorization number (REF G1), or ask the plan for one before it denies."
    if case.inpatient and (claim.admission is None or claim.admission.type not in ("1", "2", "4", "5")):
        return (Hit("An elective hospital stay carries no authorization.", how_to_fix),)
    found: list[Hit] = []
    for item in case.items:
        if not item.code or any(r.qualifier == "G1" for r in item.line.references) or item.has("26"):
            continue
        need = _need(needs, item.code)
        if need is not None:
            found.append(Hit(f"Plans commonly want authorization for {need.service}.", how_to_fix, item.number))
    return found


def _need(needs: tuple[AuthorizationNeed, ...], code: str) -> AuthorizationNeed | None:
    for need in needs:
        if need.first <= code <= need.last:
            return need
    return None
