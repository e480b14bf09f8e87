"""Which of the payments that stand a reversal takes back: amounts tell, and among equal amounts the lines."""

from __future__ import annotations

from decimal import Decimal

import pytest

from shared.money import total
from shared.payer_answers import Answer, AnsweredLine, reversed_answers


def answer(*lines: tuple[int, int, int, int]) -> Answer:
    """Lines are (number, charge, paid, patient's share)."""
    told = tuple(AnsweredLine(n, Decimal(charge), Decimal(paid), Decimal(share)) for n, charge, paid, share in lines)
    return Answer(
        total(one.charge for one in told), total(one.paid for one in told), total(one.share for one in told), told
    )


def back(one: Answer) -> Answer:
    lines = tuple(AnsweredLine(line.line, -line.charge, -line.paid, -line.share) for line in one.lines)
    return Answer(-one.charge, -one.paid, -one.share, lines)


VISIT, ECG, BLOOD = answer((1, 900, 160, 40)), answer((2, 55, 8, 2)), answer((3, 45, 5, 2))
ALIKE = answer((3, 55, 8, 2))
WHOLE = answer((1, 900, 160, 40), (2, 55, 8, 2), (3, 45, 5, 2))
DENIED = answer((1, 900, 0, 0), (2, 55, 0, 0), (3, 45, 0, 0))
BARE = Answer(Decimal(1000), Decimal(173), Decimal(44))


@pytest.mark.parametrize(
    ("standing", "reversal", "gone"),
    [
        ([WHOLE], back(WHOLE), (0,)),
        ([VISIT, ECG, BLOOD], back(WHOLE), (0, 1, 2)),
        ([VISIT, ECG, BLOOD], back(ECG), (1,)),
        ([VISIT, ECG, BLOOD], back(answer((2, 55, 8, 2), (3, 45, 5, 2))), (1, 2)),
        ([DENIED, VISIT, ECG, BLOOD], back(WHOLE), (1, 2, 3)),  # no money hung on the denial
        ([DENIED], back(DENIED), (0,)),
        ([VISIT, ECG, ALIKE], back(ECG), (1,)),  # of two with equal amounts the one about this line
        ([VISIT, ECG, ALIKE], back(ALIKE), (2,)),
        ([ECG, ECG], back(ECG), (1,)),
        ([VISIT, ALIKE], back(ECG), ()),  # the same amounts of another line
        ([BARE], back(WHOLE), (0,)),
        ([WHOLE], back(BARE), (0,)),
        ([VISIT, ECG, BLOOD], back(BARE), (0, 1, 2)),
        ([WHOLE], back(VISIT), ()),
        ([VISIT], back(WHOLE), ()),
        ([], back(WHOLE), ()),
    ],
)
def test_which_answers_a_reversal_takes_back(standing: list[Answer], reversal: Answer, gone: tuple[int, ...]) -> None:
    assert reversed_answers(reversal, standing) == gone
