"""A list in all its releases, each code once with those in which it stands: the form in which ICD-10-CM is shipped.

`release CCYY-MM-DD NAME` lines, oldest first, and `to CCYY-MM-DD`, the last day of the newest; then a code a line.
After a code stand its marks (`?` its title says unspecified; `r`, `l`, `b` its side; `m` a manifestation), `>n` if it
begins with the release of number n, and `<n` if that one has it no more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import date, timedelta

import msgspec

Span = tuple[int, int]
_WORD = re.compile(r"([A-Z0-9]+)([?rlbm]*)(?:>(\d+))?(?:<(\d+))?").fullmatch


class Spanned(AbstractSet[str]):
    """The codes of one release among all: a view, since most codes stand in every release."""

    def __init__(self, spans: dict[str, Span], at: int) -> None:
        self._spans = spans
        self._at = at

    def __contains__(self, code: object) -> bool:
        span = self._spans.get(code) if isinstance(code, str) else None
        return span is not None and span[0] <= self._at < span[1]

    def __iter__(self) -> Iterator[str]:
        return (code for code, (begins, ends) in self._spans.items() if begins <= self._at < ends)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Spell(msgspec.Struct, frozen=True):
    """One release: its name, its days, its codes, those that are unspecified, and the marks of all."""

    version: str
    first: date
    last: date
    codes: Spanned
    flagged: Spanned
    marks: dict[str, str]


def releases_of(text: str) -> list[Spell]:
    """Every release of a list; `ValueError` where the text is not one."""
    named: list[tuple[date, str]] = []
    spans: dict[str, Span] = {}
    flagged: dict[str, Span] = {}
    marks: dict[str, str] = {}
    common: dict[Span, Span] = {}
    last: date | None = None
    whole: Span = (0, 0)
    for row in text.splitlines():
        head, _, rest = row.partition(" ")
        if head == "release":
            day, _, version = rest.partition(" ")
            named.append((date.fromisoformat(day), version))
        elif head == "to":
            last = date.fromisoformat(rest)
            whole = common[(0, len(named))] = (0, len(named))
        elif row.isupper() and row.isalnum():
            spans[row] = whole
        else:
            word = _WORD(row)
            if word is None:
                raise ValueError("a code with marks that are not known")
            code, mark, begins, ends = word.groups()
            span = (int(begins or 0), int(ends or len(named)))
            span = common.setdefault(span, span)
            spans[code] = span
            if "?" in mark:
                flagged[code] = span
            if mark.strip("?"):
                marks[code] = mark.replace("?", "")
    if not named or last is None or not spans:
        raise ValueError("needs a release, a last day and at least one code")
    days = [day for day, _ in named]
    ends_on = [*(day - timedelta(days=1) for day in days[1:]), last]
    return [
        Spell(version, day, ends_on[at], Spanned(spans, at), Spanned(flagged, at), marks)
        for at, (day, version) in enumerate(named)
    ]
