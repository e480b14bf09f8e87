"""How codes of services and their modifiers are written: upper and lower case are one, blanks around them none."""

from __future__ import annotations

from collections.abc import Iterable


def plain_code(text: str) -> str:
    """A code or modifier as every table has it: `g0378 ` is G0378."""
    return text.strip().upper()


def plain_codes(texts: Iterable[str]) -> tuple[str, ...]:
    """Several of them, in their order."""
    return tuple([text.strip().upper() for text in texts])
