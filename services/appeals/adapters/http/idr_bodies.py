"""Request bodies of what is told of IDR line by line, of its fees, and in files."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import UNSET
from pydantic import Field, model_validator

from services.appeals.adapters.http.bodies import Body, Dollars, Short
from shared.events.payer import LineAward, PayerIdrDetermination, Prevailing, Teller


class LineDetermined(Body):
    """What the IDR entity determined of one line: whose offer, and the allowed amount."""

    line: Annotated[int, Field(ge=1, le=999)]
    prevailing: Prevailing
    award: Dollars


class IdrAnswer(Body):
    """An IDR entity's determination; one that the payer alone tells against us is kept for a person.

    `lines` where it chose line by line: `award` is their sum, `prevailing` the side with more of them. `default_of`:
    the side that made no offer or paid no fee. `fees_owed`: what of the entity's fee we bear, where that was told.
    """

    case_id: Short
    prevailing: Prevailing
    award: Dollars
    determined_on: date
    told_by: Teller = "entity"
    lines: Annotated[tuple[LineDetermined, ...], Field(max_length=999)] = ()
    default_of: Prevailing | None = None
    fees_owed: Dollars | None = None

    def event(self, claim_id: str) -> PayerIdrDetermination:
        """The determination as it is heard; raises `ValueError` where it contradicts itself."""
        told = self.model_dump(exclude={"lines", "default_of", "fees_owed"})
        return PayerIdrDetermination(
            claim_id=claim_id,
            **told,
            lines=tuple(LineAward(**line.model_dump()) for line in self.lines) or UNSET,
            default_of=self.default_of or UNSET,
            fees_owed=UNSET if self.fees_owed is None else self.fees_owed,
        )

    @model_validator(mode="after")
    def _as_one(self) -> IdrAnswer:
        self.event("")
        return self
