"""Values of the segments that only an 835 has."""

from __future__ import annotations

from decimal import Decimal

from recoup_x12.core.delimiters import Delimiters
from recoup_x12.core.guide import Builder, Number
from recoup_x12.core.values import raw


def remittance_values(delimiters: Delimiters, number: Number) -> dict[str, Builder]:
    """Builders by segment ID."""
    component = delimiters.component

    def plb(e: list[str]) -> tuple[tuple[str, str, str, str, Decimal], ...]:
        rows: list[tuple[str, str, str, str, Decimal]] = []
        for at in range(3, len(e) - 1, 2):
            if e[at] or e[at + 1]:
                reason, _, reference = e[at].partition(component)
                rows.append((e[1], e[2], reason, reference, number(e[at + 1])))
        return tuple(rows)

    return {"BPR": raw, "TS3": raw, "TS2": raw, "RDM": raw, "CLP": raw, "PLB": plb}
