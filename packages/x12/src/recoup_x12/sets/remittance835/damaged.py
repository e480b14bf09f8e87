"""Segments of an 835 whose name is damaged, or that stand glued to another, and which bear money all the same.

A name in lower case, with blanks or stray characters, misspelt, or without the separator behind it, is no segment of
the guide: a reader that goes by the name alone takes what follows for part of the claim payment before, and a denial
is then told by nothing. The same comes of a lost terminator: the next segment is an element of the one before. Such a
segment is read under the name it was meant to have, and what it belongs to is in doubt: a person looks at it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from recoup_x12.core.dictionary import DICTIONARY
from recoup_x12.core.problem import Problem
from recoup_x12.core.transaction import ENVELOPE

MONEY = frozenset({"CLP", "SVC", "CAS", "PLB"})
"""Segments that say what was paid, for which claim or line, or why it was not."""
_LEVELS = {"CLP": "2100", "CAS": "2100", "SVC": "2110", "PLB": "PLB"}
_KNOWN = MONEY | {"LX"}
_STRAY = re.compile(r"[\W_]+")
_GLUED = re.compile(rf"[\W_]*({'|'.join(sorted(MONEY))})([^\w\s.\x00-\x1f])", re.IGNORECASE | re.ASCII)
_STATUS = re.compile(r"[1-4]|19|2[0-35]", re.ASCII).fullmatch
_AMOUNT = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII).fullmatch
_REASON = re.compile(r"[A-Z]?\d{1,3}", re.ASCII).fullmatch
_DAY = re.compile(r"(?:19|20)\d{6}", re.ASCII).fullmatch
_REMARK = re.compile(r"MA?\d{1,3}|N\d{1,3}", re.ASCII).fullmatch
_CODE = re.compile(r"(?!\d\d\.\d+\Z)[A-Z0-9]{2}[^A-Za-z0-9\s].+|[A-Z]?\d{4}[A-Z]?|\d{5}", re.ASCII).fullmatch
_REFERENCES = frozenset(
    ("0B", "0K", "1A", "1B", "1C", "1D", "1G", "1H", "1J", "1L", "1S", "1W", "28", "6P", "6R", "9A", "9C", "APC", "BB",
     "CE", "D3", "E9", "EA", "F8", "G1", "G2", "G3", "HPI", "IG", "LU", "RB", "SY", "TJ")
)  # fmt: skip
_DATES = frozenset(("036", "050", "150", "151", "232", "233", "472"))
_AMOUNTS = frozenset(("AU", "B6", "D8", "DY", "F5", "I", "KH", "NL", "T", "T2", "ZK", "ZL", "ZM", "ZN", "ZO"))
_QUANTITIES = frozenset(("CA", "CD", "LA", "LE", "NE", "NR", "OU", "PS", "VS", "ZK", "ZL", "ZM", "ZN", "ZO"))
_ROLES = frozenset(("QC", "IL", "74", "82", "TT", "PR", "GB"))
"""Qualifiers of loops 2100 and 2110."""


def _remarks(e: Sequence[str], at: int) -> bool:
    """Whether a remark code stands at a place of MIA or MOA, and nothing but numbers before it."""
    return _REMARK(e[at].strip()) is not None and all(not one or _AMOUNT(one) for one in e[:at])


_FITS: Mapping[str, Callable[[Sequence[str]], object]] = {
    "CLP": lambda e: e[0].strip() and _STATUS(e[1].strip()) and _AMOUNT(e[2].strip()) and _AMOUNT(e[3].strip()),
    "SVC": lambda e: _CODE(e[0].strip()) and _AMOUNT(e[1].strip()) and (not e[2].strip() or _AMOUNT(e[2].strip())),
    "CAS": lambda e: e[0].strip() in ("CO", "CR", "OA", "PI", "PR") and _REASON(e[1].strip()) and _AMOUNT(e[2].strip()),
    "PLB": lambda e: e[0].strip() and _DAY(e[1].strip()) and e[2].strip() and _AMOUNT(e[3].strip()),
    "NM1": lambda e: e[0] in _ROLES and e[1] in ("1", "2"),
    "MIA": lambda e: _AMOUNT(e[0]) and (_remarks(e, 4) or _AMOUNT(e[3])),
    "MOA": lambda e: _remarks(e, 2),
    "REF": lambda e: e[0] in _REFERENCES and e[1].strip() and not any(e[4:]),
    "DTM": lambda e: e[0] in _DATES and _DAY(e[1].strip()),
    "PER": lambda e: e[0] == "CX" and e[2] in ("TE", "EM", "FX", "UR"),
    "AMT": lambda e: e[0] in _AMOUNTS and _AMOUNT(e[1].strip()),
    "QTY": lambda e: e[0] in _QUANTITIES and _AMOUNT(e[1].strip()),
    "LQ": lambda e: e[0] in ("HE", "RX") and _REMARK(e[1].strip()),
    "LX": lambda e: e[0].isdecimal() and len(e[0]) < 7 and not any(e[1:]),
    "SE": lambda e: e[0].isdecimal() and 4 <= len(e[1]) <= 9 and not any(e[2:]),
}
"""What a segment must have behind its name to be taken for one where the name alone does not stand by itself."""
_MOST = 8
"""Elements that these look at, filled up with empty ones."""
_PAID = 4
"""CLP04."""
_ENDS = re.compile(rf"({'|'.join(sorted(_FITS))})\Z", re.IGNORECASE | re.ASCII)


_LETTERS = frozenset("".join((*_FITS, *map(str.lower, _FITS))).encode())
_OTHER = 0
"""What every byte is written as that is in no name: so most of the segments of one kind come to look the same."""
_WITHIN = re.compile(b"|".join(name.encode() + b"\\*" for name in _FITS))


_HEADS = frozenset(name.encode() + b"*" for name in _FITS if name not in ENVELOPE)


@lru_cache(maxsize=64)
def _table(element: str, terminator: str) -> bytes:
    """How bytes are rewritten so that odd segments show."""
    written = bytearray(byte if byte in _LETTERS else _OTHER for byte in range(256))
    written[ord(element)], written[ord(terminator)] = b"*~"
    return bytes(written)


@lru_cache(maxsize=64)
def _in_full(element: str) -> re.Pattern[str]:
    """The names as they stand within a segment.

    Short names end many a person's: a number follows SE and LX, and a qualifier LQ.
    """
    mark, long = re.escape(element), "|".join(name for name in _FITS if len(name) > 2)
    return re.compile(rf"(?:{long}){mark}|(?:SE|LX){mark}\d|LQ{mark}[HR]")


def conspicuous(segments: Sequence[str], element: str, terminator: str) -> list[int]:
    """The segments whose name may be odd, or in which another name stands: a quick look at many of them."""
    if not (element.isascii() and terminator.isascii()):
        return list(range(len(segments)))
    text = terminator.join(segments).encode(errors="replace")
    shapes = text.translate(_table(element, terminator)).split(b"~")
    odd = {one for one in set(shapes) if not (one[:4] in _HEADS or one[:3] in _HEADS) or _WITHIN.search(one.upper(), 3)}
    return [n for n, one in enumerate(shapes) if one in odd] if odd else []


def may_be_glued(segment: str, element: str) -> bool:
    """Return True if a name stands in a segment that is not its own."""
    return _in_full(element).search(segment.upper(), 3) is not None


def parted(text: str, separator: str) -> tuple[str, str] | None:
    """The two segments that a segment is, where it has lost the terminator between them; None where it is one."""
    e = text.split(separator)
    for at in range(1, len(e) - 1):
        found = _ENDS.search(e[at])
        if found is None:
            continue
        name, before = found[1].upper(), e[at][: found.start()]
        if not before.endswith(("\r", "\n")):  # a line break tells by itself that a segment ended there
            if e[0] == "CLP" and at < _PAID and name != "CLP":
                continue  # its amount comes yet: what follows is its own
            if name == "SE" and e[0] == "PLB" and not _AMOUNT(before.strip()):
                continue
        if e[0] == "PLB" and name not in ("PLB", "SE", "CLP"):
            continue
        if _FITS[name](_filled(e[at + 1 :])):
            first = separator.join((*e[:at], before.rstrip()))
            return first.rstrip(separator), separator.join((name, *e[at + 1 :]))
    return None


def _filled(e: Sequence[str]) -> list[str]:
    return [*e, *[""] * _MOST][: max(_MOST, len(e))]


def repaired(text: str, separator: str) -> str | None:
    """The segment under the name that it was meant to have; None where its name is sound, or nobody can tell.

    A name that X12 does not have is taken for CLP where what follows is as CLP has it: a number, a claim
    status code and two amounts.
    """
    name, cut, rest = text.partition(separator)
    if not cut:
        glued = _GLUED.match(name)
        if glued is None:
            return None
        return separator.join((glued[1].upper(), *name[glued.end() :].split(glued[2])))
    meant = _STRAY.sub("", name).upper()
    if meant in _KNOWN:
        return None if name == meant else meant + cut + rest
    if meant in DICTIONARY:
        return meant + cut + rest if meant in ENVELOPE and name == meant.lower() else None
    e = _filled(rest.split(separator))
    if _FITS["CLP"](e):
        return "CLP" + cut + rest
    for known, fits in _FITS.items():
        head = name.lstrip()[: len(known)].upper()
        if head == known and fits([name.lstrip()[len(known) :], *e]):
            return known + separator + name.lstrip()[len(known) :] + cut + rest
    return None


def problem_of(name: str, position: int, *, glued: bool = False) -> Problem | None:
    """What is told of a segment that was read under the name it was meant to have; None where no money hangs on it.

    `glued`: it stood in the segment before; then whatever it is, either of the two may not be as it was meant.
    """
    if name not in MONEY and not glued:
        return None
    message = f"the name of a segment is damaged; it was read as {name}"
    if glued:
        message = f"a segment's terminator is lost: {name} stands in the segment before it, and was read on its own"
    how_to_fix = f"send it as {name}" if not glued else f"end the segment before {name} with its terminator"
    return Problem("claim", 1, name, message, how_to_fix, _LEVELS.get(name, ""), position=position, code="1")
