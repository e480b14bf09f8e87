"""Values of the segments that only a 277 has."""

from __future__ import annotations

from recoup_x12.core.delimiters import Delimiters
from recoup_x12.core.guide import Builder, Number
from recoup_x12.core.segments import Value
from recoup_x12.core.values import get


class Status(Value, frozen=True):
    """STC: (category, industry code, code list) of STC01, STC10 and STC11, and STC02 as sent."""

    codes: tuple[tuple[str, str, str], ...]
    date: str = ""


def request_values(delimiters: Delimiters, number: Number) -> dict[str, Builder]:
    """Builders by segment ID."""
    del number
    component = delimiters.component

    def stc(e: list[str]) -> Status:
        codes: list[tuple[str, str, str]] = []
        for text in (get(e, 1), get(e, 10), get(e, 11)):
            if text:
                parts = [*text.split(component), *[""] * 4]
                codes.append((parts[0], parts[1], parts[3]))
        return Status(tuple(codes), get(e, 2))

    return {"STC": stc}
