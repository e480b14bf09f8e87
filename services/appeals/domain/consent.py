"""Notice and consent as a record, and whether it holds: 42 USC 300gg-132(d), 45 CFR 149.420(c) to (h).

A consent that does not hold leaves the patient protected and the claim under the Act. What consent can never waive
(ancillary services, urgent needs) is judged with the service, not here. No name stands in a record: who signed is said
by their part.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

import msgspec

_EARLY, _SAME_DAY = timedelta(hours=72), timedelta(hours=3)
_RULE = "45 CFR 149.420"


class ConsentRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The document and its times, all of the place of service.

    `made_at`: the appointment was made; `noticed_at`: the notice was given; `signed_at`: the consent was signed, None
    where it was not; `served_at`: the service began. `standard_form`: the Departments' form was used. `languages` are
    those of the document and of an interpreter; `understood` is the patient's.
    """

    made_at: datetime
    noticed_at: datetime
    served_at: datetime
    signed_at: datetime | None = None
    signed_by: Literal["patient", "representative", "other"] = "patient"
    standard_form: bool = True
    copy_given: bool = True
    languages: tuple[str, ...] = ("en",)
    understood: str = "en"


def faults(record: ConsentRecord) -> tuple[str, ...]:
    """Why the consent does not hold, however its 72 hours are read, each with its rule; empty where it may hold."""
    found: list[str] = []
    if record.signed_at is None:
        found.append(f"not signed; {_RULE}(e)")
    elif record.signed_at < record.noticed_at:
        found.append(f"signed before the notice was given; {_RULE}(e)(1)(i)")
    elif record.signed_at > record.served_at:
        found.append(f"signed after the service began; {_RULE}(e)")
    if record.signed_by == "other":
        found.append(f"signed by neither the patient nor an authorized representative; {_RULE}(c)(2)")
    by_hour, by_date = _late(record, record.served_at), _late(record, _day_of(record.served_at))
    if by_hour and by_date:
        found.append(by_hour)
    if not record.standard_form:
        found.append(f"not on the Departments' form; {_RULE}(c)(1)(i), (e)")
    if not record.copy_given:
        found.append(f"no signed copy was given to the patient; {_RULE}(c)(3)")
    if record.understood not in record.languages:
        found.append(f"not in a language that the patient understands, and without an interpreter; {_RULE}(f)(2)")
    return tuple(found)


def holds(record: ConsentRecord) -> bool | None:
    """Whether the consent holds; None where that hangs on how its 72 hours are read, which a person decides."""
    if faults(record):
        return False
    return None if doubt(record) else True


def doubt(record: ConsentRecord) -> str:
    """What is open about a notice that came in time by one reading of the 72 hours alone; empty where both agree.

    45 CFR 149.420(c)(1)(iii)(A) counts from "the date on which the individual is furnished such items or services": as
    written from the beginning of that day, where the hour of the service is often taken.
    """
    by_hour, by_date = _late(record, record.served_at), _late(record, _day_of(record.served_at))
    if bool(by_hour) == bool(by_date):
        return ""
    holds, fails = ("the day of service begins", "hour") if by_hour else ("the hour of the service", "day")
    return f"notice in time counted back from {holds}, and not by the {fails}: {by_hour or by_date}"


def _day_of(time: datetime) -> datetime:
    return time.replace(hour=0, minute=0, second=0, microsecond=0)


def _late(record: ConsentRecord, start: datetime) -> str:
    """Why the notice came too late, if the 72 hours are counted back from `start`; empty where it did not.

    72 hours before it where the appointment was made that early, else on the day it was made, and on the day of
    service three hours before the service itself.
    """
    made, noticed, served = record.made_at, record.noticed_at, record.served_at
    if start - made >= _EARLY:
        in_time = start - noticed >= _EARLY
        return "" if in_time else f"notice less than 72 hours before the service; {_RULE}(c)(1)(iii)(A)"
    if noticed.date() != made.date():
        return f"notice not on the day the appointment was made; {_RULE}(c)(1)(iii)(B)"
    if noticed.date() == served.date() and served - noticed < _SAME_DAY:
        return f"notice less than three hours before the service of the same day; {_RULE}(c)(1)(iii)(B)"
    return ""
