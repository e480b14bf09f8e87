"""Which provider organisation (tenant) something is for: whoever sends it says so, and nothing is assumed."""

from __future__ import annotations

from collections.abc import Sequence

EVERY_TENANT = "*"
"""What stands for all of them in the rights of a key."""
LONGEST = 100


def valid_tenant(name: str) -> bool:
    """Return True if a text can name a provider organisation.

    Names are joined by commas in the setting that row-level security reads, and stand in headers and in file names.
    A header loses the blanks at its ends, so a name with some there would be another one wherever it is sent on.
    """
    sized = 0 < len(name) <= LONGEST and name == name.strip()
    return sized and name.isprintable() and "," not in name and name != EVERY_TENANT


def from_header(text: str) -> str:
    """Return the name that the text of an HTTP header stands for.

    Names are sent as UTF-8. Servers hand a header's bytes on as Latin-1 (RFC 9110, 5.5), which callers may have meant.
    """
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def owners_of(named: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Return whose claims a snapshot is out of: those whom it names, else the only one that has claims here.

    One that was taken before organisations were named may be out of all their claims: where several have claims it is
    nobody's, so that nobody's claims are judged by another's.

    Args:
        named: The organisations that the snapshot names.
        known: Those that have claims here.

    Returns:
        The organisations whose claims alone are judged by it; empty for nobody's.
    """
    return tuple(named) or (tuple(known) if len(known) == 1 else ())
