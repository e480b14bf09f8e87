"""How a plan is funded, which decides whether a state's insurance law can reach it (29 USC 1144(b)(2))."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from services.appeals.domain.tables import Funding, PayerRow, RarcEffect


class Funded(msgspec.Struct, frozen=True):
    """What is known of a plan's funding, who says so, and what contradicts it (empty: nothing)."""

    funding: Funding
    source: str
    against: str = ""


def funding_of(payer: PayerRow | None, effects: Collection[RarcEffect]) -> Funded:
    """The funding by the payer's row and by its remark codes.

    N855 says that ERISA alone governs the coverage: an insured plan would be under its state's insurance law too, so
    the plan is self-funded. N856 says that it does not: insured, or a self-funded church's or government's plan, which
    state law may reach. What contradicts itself is unknown.
    """
    row = payer.funding if payer is not None else "unknown"
    source = f"payers.csv: {payer.source}" if payer is not None else ""
    if "erisa_alone" in effects:
        if row == "insured":
            return Funded("unknown", source, "payers.csv says insured, the payer says that ERISA alone governs (N855)")
        return Funded("self_funded", "RARC N855")
    if "not_erisa_alone" in effects and row == "self_funded":
        return Funded("unknown", source, "payers.csv says self-funded, the payer says that ERISA does not alone govern")
    return Funded(row, source)
