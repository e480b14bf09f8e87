"""Code sets (SNIP type 5): tables where a public list exists, shapes where the list is licensed."""

from __future__ import annotations

from recoup_x12.codes import shapes
from recoup_x12.codes.modifiers import modifier_is_known
from recoup_x12.codes.npi import npi_is_valid
from recoup_x12.codes.tables import (
    LOADABLE,
    NAMES,
    SHIPPED,
    CodeTable,
    expired,
    find,
    known,
    parse_table,
    releases,
    render_table,
    table,
    use_tables,
    versions,
)

__all__ = [
    "LOADABLE",
    "NAMES",
    "SHIPPED",
    "CodeTable",
    "expired",
    "find",
    "known",
    "modifier_is_known",
    "npi_is_valid",
    "parse_table",
    "releases",
    "render_table",
    "shapes",
    "table",
    "use_tables",
    "versions",
]
