"""Benchmark's state table: the claim's facts and the verdict in force."""

from __future__ import annotations

from services.benchmark.domain.claim_file import ClaimFile
from shared.runtime.state_table import Column, StateTable


def _verdict(file: ClaimFile) -> str | None:
    return file.verdict


CLAIM_FILES: StateTable[ClaimFile] = StateTable(
    "claim_files",
    ClaimFile,
    {"verdict": Column("text", _verdict)},
    queried=("assessment.reasons", "remittance.received_on"),
)
