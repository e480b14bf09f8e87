"""The disputes of a history: a file of events, or the claims' log itself."""

from __future__ import annotations

import json
from pathlib import Path

from recoup_tools.demo.readlog import claims_on_log
from recoup_tools.simulation.cases import Case, cases_of
from shared.events.base import Event, contract_for_type
from shared.events.codec import UndecodableEvent, decode_data


def from_file(path: Path) -> list[Case]:
    """NDJSON of events, each with `type` and `data`; `ValueError` names the line that is none, `OSError` as usual."""
    return cases_of(_event(text, n) for n, text in enumerate(path.read_text("utf-8").splitlines(), 1) if text)


async def from_log(bootstrap: str) -> list[Case]:
    """Every dispute on the claims' log of these brokers."""
    return cases_of([e.data async for claim in claims_on_log(bootstrap) for e in claim.log])


def _event(text: str, number: int) -> Event:
    try:
        record = json.loads(text)
        contract = contract_for_type(record["type"])
        if contract is None:
            raise ValueError("unknown type")
        return decode_data(contract, json.dumps(record["data"]).encode())
    except (ValueError, KeyError, TypeError, UndecodableEvent) as error:
        raise ValueError(f"line {number} is not an event with type and data ({type(error).__name__})") from None
