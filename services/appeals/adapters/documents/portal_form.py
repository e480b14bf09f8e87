"""A federal paper as its form asks for it: each field with its answer, and a column file of its lines.

What a form asks is a table (rules/portal_fields.csv). An answer that is not known here is empty: a person types it.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast

import openpyxl

from services.appeals.domain.tables import PortalField

EPOCH = (1980, 1, 1, 0, 0, 0)
"""An archive's earliest time: the same content is the same bytes."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SAVED_AT = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")


def answers(fields: Sequence[PortalField], data: Mapping[str, Any]) -> dict[str, Any]:
    """The form's fields with their answers: `fields` of the dispute, `columns` and `rows` of its lines."""
    own = [field for field in fields if not field.lines]
    columns = [field for field in fields if field.lines]
    items = cast("Sequence[Mapping[str, Any]]", data.get("items") or data.get("lines") or ())
    return {
        "fields": [
            {"field": field.field, "answer": _text(_at(data, field.key)), "required": field.required} for field in own
        ],
        "columns": [field.field for field in columns],
        "required_columns": [field.field for field in columns if field.required],
        "rows": [[_text(item.get(field.key)) for field in columns] for item in items],
    }


def by_hand(form: Mapping[str, Any]) -> list[str]:
    """The required fields without an answer, of the dispute and of any line: what a person types."""
    lacking = [field["field"] for field in form["fields"] if field["required"] and not field["answer"]]
    return lacking + [
        c for c in form["required_columns"] if any(not row[form["columns"].index(c)] for row in form["rows"])
    ]


def as_csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A table for a spreadsheet: UTF-8 with a byte order mark; no cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([header, *([_plain(cell) for cell in row] for row in rows)])
    return out.getvalue().encode("utf-8-sig")


def as_excel(sheets: Mapping[str, tuple[Sequence[str], Sequence[Sequence[str]]]]) -> bytes:
    """A workbook of text cells, a sheet for each name with its header and rows; the same bytes for the same answers."""
    book = openpyxl.Workbook(write_only=True)
    for name, (header, rows) in sheets.items():
        sheet = book.create_sheet(name)
        for row in (header, *rows):
            sheet.append([_plain(cell) for cell in row])
    saved = io.BytesIO()
    book.save(saved)
    out = io.BytesIO()
    with zipfile.ZipFile(saved) as workbook, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as fixed:
        for name in workbook.namelist():
            part = _SAVED_AT.sub(rb"\g<1>1980-01-01T00:00:00Z", workbook.read(name))
            fixed.writestr(zipfile.ZipInfo(name, EPOCH), part, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def form_tables(form: Mapping[str, Any]) -> dict[str, tuple[list[str], list[list[str]]]]:
    """A form as tables: its fields with their answers, and of a form that asks about lines a row for each."""
    answered = [[f["field"], f["answer"], "required" if f["required"] else ""] for f in form["fields"]]
    tables = {"fields": (["Field", "Answer", "Required"], answered)}
    return tables | ({"lines": (list(form["columns"]), list(form["rows"]))} if form["columns"] else {})


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _at(data: Mapping[str, Any], key: str) -> Any:
    found: Any = data
    for part in key.split("."):
        found = cast("Mapping[str, Any]", found).get(part) if isinstance(found, Mapping) else None
    return found


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, date) else str(value)
