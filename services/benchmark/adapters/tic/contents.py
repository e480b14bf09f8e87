"""Reads a table of contents: which files hold the rates of which plans."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from services.benchmark.adapters.rejects import ReferenceFileError
from services.benchmark.adapters.tic.model import ReportingStructure
from services.benchmark.adapters.tic.sources import runs_of


class Listed(msgspec.Struct, frozen=True):
    """One file with the plans it speaks for; `kind` is in_network or allowed_amounts."""

    kind: str
    location: str
    description: str
    plans: tuple[str, ...]


def read_contents(path: Path, plan: str = "") -> Iterator[Listed]:
    """The files of plans whose name, sponsor, issuer or id holds `plan`; `ReferenceFileError` where it is malformed."""
    decoder = msgspec.json.Decoder(list[ReportingStructure])
    asked = plan.casefold()
    seen = False
    try:
        for run in runs_of(path):
            if run.member != "reporting_structure" or not run.is_array:
                continue
            seen = True
            for structure in decoder.decode(run.content):
                plans = tuple(
                    f"{p.plan_name} ({p.plan_id_type} {p.plan_id})"
                    for p in structure.reporting_plans
                    if asked in " ".join((p.plan_name, p.plan_sponsor_name, p.issuer_name, p.plan_id)).casefold()
                )
                if not plans:
                    continue
                for file in structure.in_network_files:
                    yield Listed("in_network", file.location, file.description, plans)
                if structure.allowed_amount_file is not None:
                    file = structure.allowed_amount_file
                    yield Listed("allowed_amounts", file.location, file.description, plans)
    except msgspec.DecodeError as error:
        raise ReferenceFileError(f"{path.name}: reporting_structure: {error}") from None
    if not seen:
        raise ReferenceFileError(f"{path.name}: no reporting_structure array; is it a table of contents?")
