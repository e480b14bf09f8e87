"""What goes on beside the steps of IDR: who the entity is and how it was chosen, and what it asks us for."""

from __future__ import annotations

from datetime import date

import msgspec


class EntityChoice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How the certified IDR entity of a filing was chosen, as far as it was told.

    `name` is who it is, or whom we proposed. The other party objected on `objected_on` and proposed `alternative`,
    which we `agreed` to or not (None: not answered). `failed_on` is the day an entity could not attest to be free of
    conflicts, from which the choice begins again. `notified_on`: we told the Departments who it is, or that there is
    none.
    """

    name: str = ""
    alternative: str = ""
    objected_on: date | None = None
    agreed: bool | None = None
    failed_on: date | None = None
    notified_on: date | None = None


class Information(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the entity asked us for (45 CFR 149.510(c)(4)(i)(A)(2)): under a reference, by a day, sent on a day.

    `assumed`: no last day was named, and `due_on` is our own; `extended`: an approval moved it (45 CFR 149.510(g)).
    """

    reference: str
    asked_on: date
    due_on: date
    sent_on: date | None = None
    assumed: bool = False
    extended: bool = False
