"""Valid 835s altered at random: the money in their bytes is the money that is posted, held, or refused by name.

The bytes are read by a second, far simpler reader here: what stands between two terminators is a segment, and a
segment whose first element is CLP is a claim payment. So the comparison does not rest on the reader that it tests.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from recoup_x12.core.dictionary import DICTIONARY
from recoup_x12.core.values import is_number, number
from services.intake.application.pending_input import PendingInput
from tests.unit.intake.test_payments_kept import pending_of
from tests.unit.x12.files import ISA, REMITTANCE, encoded

REVERSED = """
BPR*I*-20*C*ACH*CCP*01*111000025*DA*1*1512345678**01*111000025*DA*2*20250608
TRN*1*EFT2*1512345678
DTM*405*20250608
N1*PR*PAYER
N3*1 PAYER WAY
N4*DALLAS*TX*75201
REF*2U*87726
PER*BL*DESK*TE*5555550199
N1*PE*CLINIC*FI*741234567
REF*TJ*741234567
LX*1
TS3*1234567893*11*20251231*2*500
CLP*PCN1*22*-400*-300**12*ICN1*11*8
NM1*QC*1*PEREZ*ANA****MI*W1
SVC*HC:99213*-250*-180**1
DTM*472*20250510
CAS*CO*45*-70
SVC*HC:85025*-150*-120**1
DTM*472*20250510
CAS*CO*45*-30
CLP*PCN1*1*400*274.5*40*12*ICN1A*11*1
CAS*PR*1*5.5
NM1*QC*1*PEREZ*ANA****MI*W1
NM1*74*1**ANNA
MOA***MA01*N830
REF*F8*ICN1
DTM*050*20250520
AMT*I*4.5
SVC*HC:99213:25*250*180**1**1
DTM*472*20250510
CAS*CO*45*50
CAS*PR*3*20
SVC*HC:85025*150*100**1
DTM*472*20250510
CAS*CO*45*50
LX*2
CLP*PCN3*4*75.25*0**HM*ICN3*11*1
NM1*QC*1*DOE*JO****MI*W3
SVC*NU:0450*75.25*0*0450*0
CAS*CO*197*75.25
LQ*HE*N705
PLB*1234567893*20251231*L6:ICN1A*-4.5*72:X*-.5*FB:EFT1*-.5
PLB*741234567*20251231*WO:ICN9 PCN9*0
""".strip().splitlines()
"""-300 + 274.50 + 0, less -5.50 of provider adjustments: -20."""


def file_of(*sets: Sequence[str]) -> list[str]:
    """An interchange with a group a set."""
    rows = [ISA]
    for n, segments in enumerate(sets, 1):
        rows += [
            f"GS*HP*PAYER*CLINIC*20250601*1200*{n}*X*005010X221A1",
            f"ST*835*{n:04d}",
            *segments,
            f"SE*{len(segments) + 2}*{n:04d}",
            f"GE*1*{n}",
        ]
    return [*rows, f"IEA*{len(sets)}*000000042"]


ROWS = file_of(REMITTANCE, REVERSED)
PAID = Decimal(500 - 20)
"""Both BPR02."""
BLANK = "\r\n\x00\x1a \t"
STRAY = re.compile(r"[\W_]+")
LOST = re.compile(
    r"\n(?=[A-Z][A-Z0-9]{1,2}\*)"
    r"|(?<=[\d:])(?=(?:CLP|PLB|CAS|SVC|NM1|MIA|MOA|REF|DTM|PER|AMT|QTY|LQ|LX|SE)\*)"
)
"""Where just a terminator is lost: a name behind a line break, or stuck to a number or an empty component."""


def segments(data: bytes, *names: str) -> list[list[str]]:
    """The elements of the segments of these names, as a reader that knows nothing but delimiters sees them.

    Of a segment that the input breaks off in, the last element is not whole: its number or amount is none.
    """
    *whole, last = [LOST.split(_text(part).strip(BLANK)) for part in data.split(b"~")]
    rows = [row for row, *_ in whole]
    if last[0].split("*")[0] in names:
        rows.append(last[0] if len(last) > 1 else last[0].rpartition("*")[0] or last[0])
    return [row.split("*") for row in rows if row.split("*")[0] in names]


def _text(part: bytes) -> str:
    try:
        return part.decode()
    except UnicodeDecodeError:
        return part.decode("latin-1")


def payments_sent(data: bytes) -> Counter[tuple[str, str]]:
    """CLP01 and CLP04 of each claim payment in the bytes."""
    return Counter(_named(e) for e in segments(data, "CLP"))


def payments_renamed(data: bytes) -> Counter[tuple[str, str]]:
    """CLP01 and CLP04 of each row that may be a claim payment under a damaged name: outside a set none can be told."""
    rows = [_text(part).strip(BLANK).split("*") for part in data.split(b"~")]
    odd = [e for e in rows if len(e) > 4 and e[0] not in DICTIONARY]
    glued = [["CLP", e[0][3:], *e[1:]] for e in rows if len(e[0]) > 3 and e[0].startswith("CLP")]
    return Counter(_named(e) for e in [*odd, *glued])


def payments_hidden(data: bytes) -> Counter[tuple[str, str]]:
    """CLP01 and CLP04 of each CLP that stands within another segment, as one does where a terminator is lost."""
    found: Counter[tuple[str, str]] = Counter()
    *whole, last = data.split(b"~")
    for part in (*whole, last.rpartition(b"*")[0]):
        row = _text(part).strip(BLANK).upper()
        hidden = row.split("CLP*")[2 if row.startswith("CLP*") else 1 :]
        found.update(_named(("CLP*" + rest).split("*")) for rest in hidden)
    return found


def payments_told(taken: PendingInput) -> Counter[tuple[str, str]]:
    """CLP01 and CLP04 of each claim payment that is posted or held; lines that have lost their CLP are held too."""
    kept = [p.remittance.source.claim for p in taken.payments if p.remittance.source]
    kept += [h.text for h in taken.held if h.kind == "payment"]
    return Counter(_named(e) for text in kept for e in segments(text.encode(), "CLP")[:1])


def _named(e: list[str]) -> tuple[str, str]:
    """CLP01 and CLP04, as far as they stand before another CLP in the same row: of such a row it is told apart or not,
    as what follows reads."""
    other = next((at for at, text in enumerate(e[:5]) if at and text.upper().endswith("CLP")), len(e))
    padded = [*e[:other], "", "", "", "", ""]
    paid = padded[4].strip()
    return padded[1].strip(), paid if is_number(paid) else ""


def adjustments_sent(data: bytes) -> Counter[str]:
    """The amounts of the provider adjustments in the bytes."""
    return Counter(_amounts(e for e in segments(data, "PLB")))


def adjustments_told(taken: PendingInput) -> Counter[str]:
    """The amounts of those that are applied or held."""
    held = (segments(h.text.encode(), "PLB")[0] for h in taken.held if h.kind == "adjustment")
    applied = (f"{one.amount:f}" for item in taken.adjustments for one in item.adjustments if one.amount)
    return Counter(applied) + Counter(_amounts(held))


def adjustments_hidden(data: bytes) -> Counter[str]:
    """The amounts of those that stand within another segment."""
    rows = [_text(part).strip(BLANK) for part in data.split(b"~")]
    hidden = ("PLB*" + rest for row in rows for rest in row.split("PLB*")[2 if row.startswith("PLB*") else 1 :])
    glued = ("PLB*" + row[3:] for row in rows if row.startswith("PLB") and row[3:4] != "*")
    heads = ((row, row.partition("*")[0]) for row in rows)
    odd = ("PLB" + row[len(head) :] for row, head in heads if head != "PLB" and STRAY.sub("", head).upper() == "PLB")
    return Counter(_amounts(text.split("*") for text in (*hidden, *glued, *odd)))


def _amounts(rows: Iterable[list[str]]) -> Iterable[str]:
    """PLB04, 06 … 14, each spelt one way; what is not an amount, or nothing, is left out."""
    for e in rows:
        for text in e[4:16:2]:
            try:
                amount = number(text.strip())
            except ValueError:
                continue
            if amount:
                yield f"{amount:f}"


def money(taken: PendingInput) -> Decimal:
    """The dollars that came: claim payments posted or held, what is over, less provider adjustments."""
    posted = sum((p.remittance.paid for p in taken.payments), Decimal(0))
    adjusted = sum((one.amount for item in taken.adjustments for one in item.adjustments), Decimal(0))
    return posted - adjusted + sum((h.amount or Decimal(0) for h in taken.held), Decimal(0))


TEXTS = st.one_of(
    st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="~*"), max_size=12),
    st.sampled_from(["0", "-1", "1e5", "1.005", "9" * 20, "NaN", "Infinity", "-0", "+5", "22", "25", "D", "é"]),
    st.sampled_from(["20259999", "ISA", "IEA", "GS", "GE", "ST", "SE", "BPR", "CLP", "SVC", "PLB", "LX"]),
)
CHANGES = st.tuples(
    st.sampled_from(["drop", "double", "swap", "move", "cut", "blank", "name", "alter", "insert", "empty"]),
    st.integers(1, 200),
    st.integers(1, 200),
    st.integers(0, 16),
    TEXTS,
)
Change = tuple[str, int, int, int, str]


def changed(rows: list[str], change: Change) -> list[str]:
    """The rows with one thing done to a segment or an element; the ISA that says what parts them stays."""
    how, place, other, element, text = change
    rows = list(rows)
    at, other = 1 + place % (len(rows) - 1), 1 + other % (len(rows) - 1)
    if how == "drop" and len(rows) > 3:
        rows.pop(at)
    elif how == "double":
        rows.insert(other, rows[at])
    elif how == "swap":
        rows[at], rows[other] = rows[other], rows[at]
    elif how == "move":
        rows.insert(other, rows.pop(at))
    elif how == "cut":
        rows[at] = rows[at][: element * 3]
    elif how == "blank":
        rows[at] = " \t" + rows[at]
    else:
        parts = rows[at].split("*")
        one = 0 if how == "name" else min(1 + element, len(parts) - 1)
        parts[one : one + (how != "insert")] = ["" if how == "empty" else text]
        rows[at] = "*".join(parts)
    return rows


@settings(max_examples=500, derandomize=True, database=None)
@given(st.lists(CHANGES, min_size=1, max_size=6), st.sampled_from(["~\n", "~", "~\r\n"]))
@example([("move", 31, 29, 0, "")], "~\n")  # SE before PLB
@example([("name", 74, 0, 0, "SE")], "~\n")
@example(
    [
        ("drop", 1, 1, 0, ""),
        ("name", 89, 1, 0, "ISA"),
        ("drop", 1, 1, 0, ""),
        ("drop", 1, 1, 0, ""),
        ("alter", 8, 1, 0, "CLP"),
    ],
    "~\n",
)  # ISA*CLP*... in the place of a claim payment
@example([("double", 1, 1, 0, ""), ("name", 1, 1, 0, "ISA"), ("alter", 173, 1, 0, "CLP")], "~\n")  # LX*CLP~ before CLP*
@example([("alter", 150, 1, 1, "SVC")], "~\n")  # CLP*PCN3*SVC*75.25*0: an amount is no code of a service
@example([("insert", 134, 1, 0, "CLP")], "~\n")  # CLP*CLP*PCN1
@example([("insert", 105, 1, 0, ""), ("insert", 105, 1, 1, "CLP")], "~\n")
@example([("insert", 75, 1, 0, "PLB")], "~\n")  # PLB*PLB*1234567893
@example([("insert", 105, 1, 0, "X"), ("insert", 105, 1, 1, "CLP")], "~\n")
@example([("alter", 105, 1, 0, "CLP")], "~\n")
def test_altered_segments_lose_no_money(changes: list[Change], end: str) -> None:
    rows = ROWS
    for change in changes:
        rows = changed(rows, change)
    data = encoded(rows, end)
    taken, _ = pending_of(data)
    sent = payments_sent(data)
    assert sent <= payments_told(taken) <= sent + payments_renamed(data) + payments_hidden(data)
    withheld = adjustments_sent(data)
    assert withheld <= adjustments_told(taken) <= withheld + adjustments_hidden(data)


@settings(max_examples=300, derandomize=True, database=None)
@given(
    st.lists(st.tuples(st.integers(106, 4000), st.integers(0, 20), st.binary(max_size=4)), min_size=1, max_size=4),
    st.integers(0, 8000),
)
@example([(1065, 18, b"")], 1172)  # CLP*PCN1*22*-400*- and a line break: the line break before it ends nothing
@example([(1064, 19, b"")], 1180)
@example([(106, 9, b""), (640, 19, b"")], 758)
@example([(106, 5, b""), (643, 20, b"")], 761)  # PLB*1234567893*, a line break, SE*30*0001: no amount of 1
@example([(292, 1, b"")], 415)
@example([(3875, 20, b"")], 420)
@example([(106, 1, b""), (295, 2, b"")], 403)
@example([(106, 7, b"\x00\x00\x00"), (564, 12, b"")], 678)
@example([(275, 20, b"\x01")], 397)
@example([(3480, 9, b"")], 1809)  # FB:, a line break, PLB*7: what parts components ends no segment
@example([(2417, 0, b"\x00")], 775)  # a byte within PLB: PLB*1234567893
@example([(634, 1, b"")], 800)  # PLB1234567893*
@example([(568, 13, b"")], 687)  # CLP*PCN2*1*300*2CAS*CO*45*50
@example([(1681, 20, b"")], 1838)  # 72PLB*741234567: a number is no amount
@example([(554, 2, b"")], 675)  # CLPCN2*1*300*250*
def test_altered_and_cut_bytes_lose_no_money(splices: list[tuple[int, int, bytes]], cut: int) -> None:
    data = encoded(ROWS)
    for at, dropped, spliced in splices:
        place = 106 + at % (len(data) - 106)
        data = data[:place] + spliced + data[place + dropped :]
    data = data[: max(107, cut)]
    taken, _ = pending_of(data)
    sent, told = payments_sent(data), payments_told(taken)
    assert sent <= told
    more = told - (sent + payments_renamed(data) + payments_hidden(data))
    assert not [paid for _, paid in more if paid]  # what may be one is held, without an amount
    withheld = adjustments_sent(data)
    assert withheld <= adjustments_told(taken) <= withheld + adjustments_hidden(data)


@pytest.mark.parametrize("name", ["IEA", "GE", "SE", "iea"])
@pytest.mark.parametrize("at", [4, 33, 40])
def test_a_trailer_without_elements_hides_nothing_behind_it(at: int, name: str) -> None:
    data = encoded([*ROWS[:at], name, *ROWS[at:]])
    taken, _ = pending_of(data)
    assert payments_told(taken) == payments_sent(data)
    assert adjustments_told(taken) == adjustments_sent(data)


def test_a_name_in_the_place_of_an_amount_parts_no_provider_adjustment() -> None:
    data = encoded([row.replace("72:X*-.5*", "72:X*SVC*") for row in ROWS])
    assert adjustments_told(pending_of(data)[0]) == adjustments_sent(data)


@pytest.mark.parametrize("end", ["~\n", "~"])
@pytest.mark.parametrize("lost", range(1, len(ROWS) - 1))
def test_a_lost_terminator_hides_no_payment(lost: int, end: str) -> None:
    """Each is told under its number and amount, and is held where the terminator was lost in it."""
    data = encoded(ROWS, end)
    whole = end.join((ROWS[lost], ROWS[lost + 1])).encode()
    taken, _ = pending_of(data.replace(whole, whole.replace(b"~", b"", 1), 1))
    assert payments_told(taken) == payments_sent(data)
    assert adjustments_told(taken) == adjustments_sent(data)
    assert money(taken) == PAID
    names = {row.split("*")[0] for row in ROWS[lost : lost + 2]}
    if names <= {"CLP", "CAS", "NM1", "MOA", "REF", "DTM", "AMT", "SVC", "LQ"}:
        of_a_claim = [row for row in ROWS[: lost + 2] if row.startswith(("CLP", "BPR"))][-1].startswith("CLP")
        assert len([h for h in taken.held if h.kind == "payment"]) == (1 if of_a_claim else 0)


def test_an_adjustment_outside_any_835_is_held_with_its_amount() -> None:
    rows = list(ROWS)
    at = next(n for n, row in enumerate(rows) if row.startswith("PLB"))
    rows.insert(at, "SE*29*0001")
    (item,) = [h for h in pending_of(encoded(rows))[0].held if h.kind == "adjustment"]
    assert (item.amount, item.text) == (Decimal(-50), "PLB*1234567893*20251231*WO:ICN0*50~")
    bare = b"PLB*1234567893*20251231*WO:ICN0*50~\n"
    (item,) = [h for h in pending_of(bare)[0].held if h.kind == "adjustment"]
    assert item.amount == Decimal(-50)
