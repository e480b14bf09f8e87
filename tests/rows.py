"""What a query promises of its columns is held to what the database gives, wherever a test reads a row."""

from __future__ import annotations

from functools import cache
from types import UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from shared.db.rows import Row


@cache
def _declared(row: type[Row]) -> dict[str, Any]:
    return get_type_hints(row)


def fits(value: object, declared: Any) -> bool:
    """Return True if a value is of a declared type: a class, a union, a list of one type, or one of some texts."""
    origin = get_origin(declared)
    if origin in (Union, UnionType):
        return any(fits(value, one) for one in get_args(declared))
    if origin is Literal:
        return value in get_args(declared)
    if origin is list:
        ones = cast("list[object]", value)
        return isinstance(value, list) and all(fits(one, get_args(declared)[0]) for one in ones)
    if declared is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, declared)


def _checked(row: Row, column: str) -> Any:
    try:
        value = row[column]
    except KeyError:
        raise AttributeError(f"{type(row).__name__}: the query has no column {column!r}") from None
    declared = _declared(type(row))[column]
    assert fits(value, declared), f"{type(row).__name__}.{column} is declared {declared}, and is {type(value)}"
    return value


def hold_rows_to_their_types() -> None:
    """From now on a column that is read must be of its declared type."""
    Row.__getattr__ = _checked  # type: ignore[attr-defined]
