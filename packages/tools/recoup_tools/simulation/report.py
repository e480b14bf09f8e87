"""What simulated disputes came to, policy by policy: figures, a table to read, and how good the forecasts were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from statistics import median
from typing import Any

import msgspec
from rich.table import Table

from recoup_tools.simulation.world import Outcome
from services.settlement.domain.calibration import calibrate
from services.settlement.domain.policy_simulation import Stress

_encoder = msgspec.json.Encoder(decimal_format="string")


def summary(outcomes: list[Outcome]) -> dict[str, Any]:
    """The figures of one policy, dollars as strings; `calibration` of the chances of winning that it decided by."""
    uplifts = [o.recovered / o.paid_at_first for o in outcomes if o.paid_at_first > 0]
    paid_days = [o.days for o in outcomes if o.settled and o.recovered > 0]
    recovered = sum((o.recovered for o in outcomes), Decimal(0))
    costs = sum((o.costs for o in outcomes), Decimal(0))
    calibration = calibrate(forecast for o in outcomes for forecast in o.forecasts)
    return {
        "disputes": len(outcomes),
        "paid at first": str(sum((o.paid_at_first for o in outcomes), Decimal(0))),
        "recovered": str(recovered),
        "fees": str(costs),
        "recovered less fees": str(recovered - costs),
        "disputes with recovery": sum(o.recovered > 0 for o in outcomes),
        "median uplift": f"{median(uplifts):.1%}" if uplifts else "",
        "median days to cash": median(paid_days) if paid_days else None,
        "counters": sum(o.counters for o in outcomes),
        "talks failed": sum(o.talks_failed for o in outcomes),
        "appeals filed": sum(o.appeals for o in outcomes),
        "IDR initiated": sum(o.idr for o in outcomes),
        "decided by persons": sum(o.persons for o in outcomes),
        "endings": dict(sorted(Counter(o.ending for o in outcomes).items())),
        "calibration": msgspec.to_builtins(calibration, builtin_types=(), str_keys=True),
    }


def accepted_at_once(outcomes: list[Outcome]) -> dict[str, Any]:
    """The same disputes under 'accept the first payment': nothing is pursued, nothing recovered, nothing spent."""
    nothing = {"recovered": Decimal(0), "costs": Decimal(0), "days": 0, "counters": 0, "talks_failed": 0, "appeals": 0}
    nothing |= {"idr": 0, "persons": 0, "settled": False, "forecasts": ()}
    took = [msgspec.structs.replace(o, ending="first payment accepted", **nothing) for o in outcomes]
    return summary(took)


def uplift(figures: dict[str, Any], baseline: dict[str, Any]) -> dict[str, str]:
    """What a policy brings over accepting the first payment: dollars after fees, and their share of that payment."""
    gain = Decimal(figures["recovered less fees"]) - Decimal(baseline["recovered less fees"])
    first = Decimal(baseline["paid at first"])
    return {"dollars": str(gain), "share": f"{gain / first:.1%}" if first else ""}


def side_by_side(figures: dict[str, dict[str, Any]], baseline: dict[str, Any]) -> Table:
    """Return a table of the figures of each policy beside those of accepting the first payment."""
    table = Table(title="The same disputes under each policy")
    table.add_column("")
    table.add_column("first payment accepted", justify="right")
    for one in figures.values():
        table.add_column(one["policy"]["label"], justify="right")
    for row in baseline:
        if row not in ("endings", "calibration", "stress"):
            cells = (one[row] for one in (baseline, *figures.values()))
            table.add_row(row, *("" if cell is None else str(cell) for cell in cells))
    over = (one["uplift after fees"] for one in figures.values())
    table.add_row("over accepting the first payment", "", *(f"{u['dollars']} ({u['share']})" for u in over))
    return table


def in_words(found: Mapping[str, Stress]) -> dict[str, Any]:
    """The figures of a policy under each payer model, dollars as strings."""
    return {name: msgspec.json.decode(_encoder.encode(one)) for name, one in found.items()}


def under_models(name: str, found: dict[str, Any]) -> Table:
    """What a policy brings under payer models that are wrong, beside itself with the fair value as its offer in IDR."""
    table = Table(title=f"{name}: recovered less fees, by payer model")
    for head in ("payers are", "our offer", "fair value as offer", "IDR filed", "where both filed"):
        table.add_column(head, justify="right")
    for model, one in found.items():
        filed = f"{one['filings']} / {one['filings_at_target']}"
        both = f"{one['net_both']} / {one['net_both_at_target']}"
        table.add_row(model, one["net"], one["net_at_target"], filed, both)
    return table


def reliability(name: str, found: dict[str, Any]) -> Table:
    """What a policy's decisions said of winning at the next forum, and how often it came true."""
    table = Table(
        title=f"{name}: chances of winning, said and seen",
        caption=f"{found['n']} results: {found['verdict']} (p = {found['p_value']}); "
        f"Brier score {found['brier']}, of the base rate {found['brier_of_base_rate']}",
    )
    for head in ("said", "results", "said on average", "came true", "90 % interval"):
        table.add_column(head, justify="right")
    for b in found["bins"]:
        span = f"{b['observed_low']} to {b['observed_high']}"
        table.add_row(f"{b['low']} to {b['high']}", str(b["n"]), b["predicted"], b["observed"], span)
    return table
