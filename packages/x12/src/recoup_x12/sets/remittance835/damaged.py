"""Segments of an 835 whose name is damaged, and which bear money all the same.

A name in lower case, with blanks or stray characters, or misspelt, is no segment of the guide: a reader that goes by
the name alone takes what follows for part of the claim payment before, and a denial is then told by nothing. Such a
segment is read under the name it was meant to have, and what it belongs to is in doubt: a person looks at it.
"""

from __future__ import annotations

import re

from recoup_x12.core.dictionary import DICTIONARY
from recoup_x12.core.problem import Problem

MONEY = frozenset({"CLP", "SVC", "CAS", "PLB"})
"""Segments that say what was paid, for which claim or line, or why it was not."""
_LEVELS = {"CLP": "2100", "CAS": "2100", "SVC": "2110", "PLB": "PLB"}
_KNOWN = MONEY | {"LX"}
_STRAY = re.compile(r"[\W_]+")
_GLUED = re.compile(rf"[\W_]*({'|'.join(sorted(MONEY))})([^\w\s.])", re.IGNORECASE | re.ASCII)
_STATUS = re.compile(r"[1-4]|19|2[0-35]", re.ASCII).fullmatch
_AMOUNT = re.compile(r"-?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII).fullmatch


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
        return None
    e = rest.split(separator, 4)
    if len(e) > 3 and e[0].strip() and _STATUS(e[1].strip()) and _AMOUNT(e[2].strip()) and _AMOUNT(e[3].strip()):
        return "CLP" + cut + rest
    return None


def problem_of(name: str, position: int) -> Problem | None:
    """What is told of a segment that was read under the name it was meant to have; None where no money hangs on it."""
    if name not in MONEY:
        return None
    message = f"the name of a segment is damaged; it was read as {name}"
    return Problem("claim", 1, name, message, f"send it as {name}", _LEVELS[name], position=position, code="1")
