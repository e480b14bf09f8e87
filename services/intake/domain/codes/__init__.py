"""Code sets (SNIP type 5): tables where a public list exists, shapes where the list is licensed."""

from __future__ import annotations

from services.intake.domain.codes.npi import npi_is_valid
from services.intake.domain.codes.tables import CodeTable, find, known, table, use_tables

__all__ = ["CodeTable", "find", "known", "npi_is_valid", "table", "use_tables"]
