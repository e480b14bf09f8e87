"""A 277 Request for Additional Information is read whole, in any chunks, and its faults are told in a 999."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recoup_x12 import Acknowledger, RequestRead, TransactionEnd, read
from recoup_x12.model import Question
from tests.unit.x12.files import encoded, envelope
from tests.unit.x12.requests import REQUEST, request

NOW = datetime(2025, 6, 11, 12, tzinfo=UTC)


def requests_of(text: bytes) -> list[RequestRead]:
    return [item for item in read([text]) if isinstance(item, RequestRead)]


def answer_to(text: bytes) -> tuple[str, str]:
    """The verdict of the 999 and its text."""
    acknowledger = Acknowledger(NOW)
    for _ in acknowledger.watch(read([text])):
        pass
    (answer,) = acknowledger.answers()
    assert answer.kind == "999"
    return answer.verdict, answer.text


def test_every_request_is_read_with_what_it_asks_and_of_whom() -> None:
    first, second = requests_of(request())
    one, two = first.request, second.request
    assert one is not None and two is not None and first.accepted and second.accepted
    assert (one.trace_number, one.control_number, one.payer_number) == ("ICN1", "PCN1", "ICN1")
    assert (one.requested_on, one.due_on, one.served_from) == (
        date(2025, 6, 10), date(2025, 7, 25), date(2025, 5, 10),
    )  # fmt: skip
    assert one.questions == (
        Question("R4", "18842-5", "LOI"),
        Question("R4", "11504-8", "LOI", "L1", "99213", date(2025, 5, 10), date(2025, 5, 10)),
        Question("R4", "11502-2", "LOI", "L1", "99213", date(2025, 5, 10), date(2025, 5, 10)),
    )
    assert (one.payer.id, one.provider_id, one.patient.name) == ("60054", "1234567893", "PEREZ")
    assert one.reply_to == ("ZZ", "CLINIC", "ZZ", "PAYER", "CLINIC", "PAYER", "P")
    assert (two.trace_number, two.patient.first_name, two.due_on) == ("ICN2", "EVA", None)
    (end,) = [item for item in read([request()]) if isinstance(item, TransactionEnd)]
    assert (end.verdict, end.claims, end.problems) == ("A", 2, ())
    assert answer_to(request())[0] == "A"


@given(st.lists(st.integers(1, 700), max_size=6))
def test_it_reads_the_same_in_any_chunks(cuts: list[int]) -> None:
    text = request()
    at = sorted({0, *cuts, len(text)})
    chunks = [text[a:b] for a, b in pairwise(at)]
    assert list(read(chunks)) == list(read([text]))


FAULTS = [
    # what is changed, the segment blamed, the IK304 or IK403 code, which of the two requests stand
    (("TRN*1*ICN1", "TRN*1"), "IK4*2", (False, True)),  # TRN02 is required
    (("STC*R4:18842-5::LOI*20250610", ""), "IK3*STC", (False, True)),  # 2200D STC is required
    (("DTP*106", "DTP*106*D8*20250732"), "IK3*DTP", (False, True)),  # no such day
    (("NM1*QC*1*PEREZ*EVA", ""), "IK3*NM1", (True, False)),  # 2100D is required
    (("HL*3*2*19*1", "HL*3*9*19*1"), "IK3*HL", (False, False)),  # no such level, and all requests stand under it
    (("HL*5*3*PT", "HL*5*9*PT"), "IK3*HL", (True, False)),  # no such level
    (("REF*FJ*L1", "REF*FJ*L1|REF*FJ*L2"), "IK3*REF", (False, True)),  # once a line
    (("SVC*HC:99213:25*100", "SVC*HC:99213:25"), "IK3*SVC", (False, True)),  # SVC02 is required
    (("REF*EA*MRN77", "REF*EA*MRN77|CLM*1*2"), "IK3*CLM", (False, True)),  # no segment of this guide
]


@pytest.mark.parametrize(("change", "told", "stand"), FAULTS)
def test_a_fault_refuses_the_requests_it_touches_and_is_placed(
    change: tuple[str, str], told: str, stand: tuple[bool, bool]
) -> None:
    text = request(change)
    assert tuple(item.accepted for item in requests_of(text)) == stand
    verdict, answer = answer_to(text)
    assert verdict == ("R" if stand == (False, False) else "E")
    assert told in answer
    assert "PEREZ" not in answer and "MRN77" not in answer


def test_a_code_that_fails_its_list_leaves_the_question_heard() -> None:
    text = request(("NM1*1P", "NM1*1P*2*CLINIC*****XX*1234567890"))  # the check digit is wrong
    assert [item.accepted for item in requests_of(text)] == [True, True]
    assert all(item.problems[0].severity == "warning" for item in requests_of(text))


def test_a_cut_request_is_refused_whole() -> None:
    cut = request()[:-90]
    (end,) = [item for item in read([cut]) if isinstance(item, TransactionEnd)]
    assert end.verdict == "R"


def test_a_request_about_nothing_is_refused() -> None:
    text = encoded(envelope(REQUEST[:8], "HN", "277", "005010X213"))
    (end,) = [item for item in read([text]) if isinstance(item, TransactionEnd)]
    assert (end.verdict, end.claims) == ("R", 0)


@pytest.mark.parametrize("implementation", ["005010X228"])
def test_other_277s_are_refused_as_not_read_here(implementation: str) -> None:
    verdict, answer = answer_to(encoded(envelope(REQUEST, "HN", "277", implementation)))
    assert verdict == "R" and "IK5*R*I6" in answer
