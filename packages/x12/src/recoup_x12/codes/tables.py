"""Versioned code tables: shipped ones from the package, newer ones as the operator loads them.

A list may be in force in several releases, each from a day on. What is judged by a day of service goes by the release
of that day (`table(name, day)`); what stands alone, such as an element of a remittance, goes by every release there is
(`known(name)`), since no day is known for it.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import date
from functools import cache
from importlib import resources

import msgspec

from recoup_x12.codes.spans import releases_of


class CodeTable(msgspec.Struct, frozen=True):
    """One release of a code list. `valid_from` and `valid_to` bound the service dates it speaks for, where it says so.

    `flagged` codes are those whose title says "unspecified" (diagnoses only). `marks` are what else is known of a code
    by its title (`r`, `l`, `b`: its side, `m`: a manifestation; diagnoses shipped only). `stops` names the first day on
    which a code is no longer to be used, where the list says so; the code stays in `codes`, for what was judged before.
    """

    name: str
    version: str
    codes: AbstractSet[str]
    flagged: AbstractSet[str] = frozenset()
    valid_from: date | None = None
    valid_to: date | None = None
    stops: dict[str, date] = {}
    marks: dict[str, str] = {}

    def __contains__(self, code: object) -> bool:
        return code in self.codes

    def stopped(self, code: str, day: date) -> bool:
        """Return True if the list had stopped this code by a day."""
        stop = self.stops.get(code)
        return stop is not None and day >= stop


SHIPPED = (
    "icd10cm", "place_of_service", "carc", "rarc", "claim_status", "claim_status_category", "modifier", "taxonomy",
)  # fmt: skip
LOADABLE = ("hcpcs", "revenue")
"""Lists not shipped (licensed, or changing by the quarter): until one is loaded, shape is all that is checked."""

NAMES = (*SHIPPED, *LOADABLE)
_loaded: dict[str, tuple[CodeTable, ...]] = {}
_known: dict[str, frozenset[str]] = {}
_generation = [0]


def parse_table(name: str, text: str) -> CodeTable:
    """Read a table: `version`, `from` and `to` lines, then codes between white space.

    `?` after a code marks it flagged; `<CCYYMMDD` after it is the first day without it. Raises `ValueError` where there
    is not a version or not a code.
    """
    version = ""
    bounds: dict[str, date] = {}
    words: list[str] = []
    for row in text.splitlines():
        head, _, rest = row.partition(" ")
        if head == "version":
            version = rest.strip()
        elif head in ("from", "to") and rest:
            bounds[head] = date.fromisoformat(rest.strip())
        else:
            words.extend(row.split())
    if not version or not words:
        raise ValueError(f"code table {name}: needs a version line and at least one code")
    stops: dict[str, date] = {}
    codes: list[str] = []
    for word in words:
        code, mark, stop = word.partition("<")
        codes.append(code)
        if mark:
            stops[code] = date.fromisoformat(stop)
    flagged = frozenset(w[:-1] for w in codes if w.endswith("?"))
    plain = frozenset(w.rstrip("?") for w in codes)
    return CodeTable(name, version, plain, flagged, bounds.get("from"), bounds.get("to"), stops)


def render_table(table: CodeTable) -> str:
    """A table as `parse_table` reads it."""
    lines = [f"version {table.version}"]
    lines += [f"from {table.valid_from}"] if table.valid_from else []
    lines += [f"to {table.valid_to}"] if table.valid_to else []
    for code in sorted(table.codes):
        stop = f"<{table.stops[code]:%Y%m%d}" if code in table.stops else ""
        lines.append(f"{code}{'?' if code in table.flagged else ''}{stop}")
    return "\n".join(lines) + "\n"


@cache
def _shipped(name: str) -> tuple[CodeTable, ...]:
    if name not in SHIPPED:
        return ()
    folder = resources.files("recoup_x12.codes").joinpath("data")
    packed = folder.joinpath(f"{name}.txt.gz")
    if packed.is_file():
        return tuple(
            CodeTable(name, one.version, one.codes, one.flagged, one.first, one.last, marks=one.marks)
            for one in releases_of(gzip.decompress(packed.read_bytes()).decode())
        )
    return (parse_table(name, folder.joinpath(f"{name}.txt").read_text("utf-8")),)


def releases(name: str) -> tuple[CodeTable, ...]:
    """Every release of a list in force here, oldest first; `KeyError` for a name not in `NAMES`."""
    if name not in NAMES:
        raise KeyError(name)
    return _loaded.get(name) or _shipped(name)


def find(name: str, day: date | None = None) -> CodeTable | None:
    """The release that speaks for a day of service (the newest where no day is given); None where nothing is loaded.

    Before the first release the first one speaks: a list begins where what is known of it begins.
    """
    known_releases = releases(name)
    if day is None or len(known_releases) == 1:
        return known_releases[-1] if known_releases else None
    chosen = known_releases[0] if known_releases else None
    for one in known_releases:
        if one.valid_from is None or one.valid_from <= day:
            chosen = one
    return chosen


def table(name: str, day: date | None = None) -> CodeTable:
    """As `find`, of a list that is shipped; `KeyError` for another name, or where nothing is loaded."""
    found = find(name, day)
    if found is None:
        raise KeyError(name)
    return found


def known(name: str) -> frozenset[str] | None:
    """Every code of any release of a list; None where there is no release."""
    found = _known.get(name)
    if found is None:
        every = releases(name)
        if not every:
            return None
        found = _known[name] = frozenset[str]().union(*(one.codes for one in every))
    return found


def expired(day: date) -> tuple[CodeTable, ...]:
    """The newest release of each list that speaks for no service of a day any more: newer ones have to be loaded."""
    newest = (releases(name)[-1:] for name in NAMES)
    return tuple(one for several in newest for one in several if one.valid_to is not None and one.valid_to < day)


def versions() -> str:
    """Changes whenever other tables come into force, for whoever remembers what was judged by them."""
    return str(_generation[0])


def use_tables(tables: Iterable[CodeTable]) -> None:
    """Put these releases in force for this process beside the shipped ones, and no others.

    A release from the same day as a shipped one takes its place. Raises `KeyError` for a list not in `NAMES`.
    """
    by_name: dict[str, dict[date, CodeTable]] = {}
    for one in tables:
        if one.name not in NAMES:
            raise KeyError(one.name)
        kept = by_name.setdefault(one.name, {t.valid_from or date.min: t for t in _shipped(one.name)})
        kept[one.valid_from or date.min] = one
    _loaded.clear()
    _known.clear()
    for name, of_name in by_name.items():
        _loaded[name] = tuple(of_name[day] for day in sorted(of_name))
    _generation[0] += 1
