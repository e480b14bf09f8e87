"""What a forum costs on a date: a dated table of fees, read from a file, never from code."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal

import msgspec


class FeeError(ValueError):
    """A fee table that must not be used."""


class Fee(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Fees of a forum for cases begun on or after `since`, in dollars.

    `administrative` is never refunded; the prevailing party gets `entity` back (42 USC 300gg-111(c)(5)(F)), so it
    counts only with the chance of losing. `entity_least` and `entity_most` are the range the Departments allow.
    """

    forum: str
    since: date
    administrative: Decimal
    entity: Decimal = Decimal(0)
    entity_least: Decimal = Decimal(0)
    entity_most: Decimal = Decimal(0)
    source: str = ""


class FeeTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The dated fees of all forums, oldest first within a forum."""

    version: str
    fees: tuple[Fee, ...]

    def on(self, forum: str, day: date) -> Fee | None:
        """The fee in force; a forum without rows is free, a forum that did not exist yet (before its rows) is None."""
        rows = [fee for fee in self.fees if fee.forum == forum]
        if not rows:
            return Fee(forum=forum, since=day, administrative=Decimal(0))
        past = [fee for fee in rows if fee.since <= day]
        return past[-1] if past else None


def parse(text: str) -> FeeTable:
    """Read and check a fee table in TOML; `FeeError` says what is wrong."""
    try:
        table = msgspec.convert(tomllib.loads(text, parse_float=Decimal), FeeTable, strict=False)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise FeeError(f"fee table: {error}") from None
    for forum in {fee.forum for fee in table.fees}:
        rows = [fee for fee in table.fees if fee.forum == forum]
        if [fee.since for fee in rows] != sorted({fee.since for fee in rows}):
            raise FeeError(f"fee table: rows of {forum} must be in order of `since`, each day once")
        if any(not fee.entity_least <= fee.entity <= fee.entity_most for fee in rows if fee.entity):
            raise FeeError(f"fee table: an entity fee of {forum} lies outside its range")
    return table
