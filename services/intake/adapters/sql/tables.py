"""Intake's state table: the facts of every accepted claim."""

from __future__ import annotations

from services.intake.domain.submission import ClaimRecord
from shared.runtime.state_table import StateTable

CLAIMS: StateTable[ClaimRecord] = StateTable("claims", ClaimRecord)
