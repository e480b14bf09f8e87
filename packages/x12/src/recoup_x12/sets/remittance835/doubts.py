"""Decides if a claim payment can be posted in spite of its errors.

A claim (837) is judged by the guide: what breaks it is refused, and its sender sends it again. A payment has been made
already, so its 835 is judged by whether the money and the lines are certain. Where they are, it is posted and its
errors are reported; where they are not, it is held for a person. It is never dropped.
"""

from __future__ import annotations

from collections.abc import Iterable

from recoup_x12.core.problem import Problem
from recoup_x12.sets.remittance835.model import Remittance

_MONEY = {"CLP": (0, 2, 3, 4), "SVC": (2, 3)}
"""Elements whose faults leave the money open: CLP02 status, CLP03 charge, CLP04 paid; SVC02, SVC03. 0: the segment."""
_UNREADABLE = Problem("claim", 1, "CLP", "the claim payment cannot be read", "send CLP as the guide has it", code="8")
_NOT_TAKEN = frozenset({"1", "2", "6", "8"})
"""IK304: the segment is unknown, misplaced, not in the implementation, or cannot be read."""


def doubts_of(remittance: Remittance | None, problems: Iterable[Problem], unread: Iterable[str]) -> tuple[Problem, ...]:
    """Return the problems that leave a payment's money or lines uncertain.

    A line is certain where its charge and its payment are and something names it: a procedure, a revenue code or the
    provider's own number.

    Args:
        remittance: The payment as it was read; None where it could not be.
        problems: What was found wrong with it.
        unread: The IDs of segments whose values could not be taken over.

    Returns:
        Those that stand in the way; none where it can be posted.
    """
    lost = [name for name in unread if name in ("CAS", "SVC")]
    errors = [p for p in problems if p.severity == "error"]
    read = remittance is not None
    found = tuple(p for p in errors if p.segment in lost or (_is_doubt(p) and not (read and _is_of_spelling(p))))
    if remittance is None:
        return found or (_UNREADABLE,)
    if lost and not found:
        message = f"a {lost[0]} segment cannot be read, so the money is not certain"
        found = (Problem("claim", 1, lost[0], message, "send it as the guide has it", "2100", code="8"),)
    for number, line in enumerate(remittance.lines, 1):
        if not (line.procedure.code or line.revenue_code or line.control_number):
            message, how_to_fix = "nothing tells which service the line pays", "send SVC01 with a qualifier and a code"
            found += (Problem("claim", 2, "SVC", message, how_to_fix, "2110", element=1, code="1", line=number),)
    return found


def _is_of_spelling(problem: Problem) -> bool:
    """Return True for an amount with blanks around it: where all amounts were read, it is certain."""
    return problem.code == "6" and problem.element in _MONEY.get(problem.segment, ())


def _is_doubt(problem: Problem) -> bool:
    if problem.snip == 3:
        return True
    if problem.segment in ("CAS", "SVC") and not problem.element:
        return problem.code in _NOT_TAKEN
    return problem.element in _MONEY.get(problem.segment, ())
