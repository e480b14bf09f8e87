"""A 275 is written as the guide has it, and says what was asked: read here by an X12 reader that is not ours."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from recoup_x12 import Acknowledger, read, write_attachment
from recoup_x12.model import AdditionalInformation, Claim, Document, RecordsRequest
from services.intake.adapters.source_documents import Illegible, claim_of
from services.intake.domain.attachment import Unfit, in_answer, unasked
from services.intake.domain.outbound_ack import OutboundAck, of_group, of_interchange, of_transaction
from tests.unit.demo.x12_check import check_envelope, segments
from tests.unit.x12.files import claims, encoded, envelope, professional
from tests.unit.x12.requests import request
from tests.unit.x12.test_requests import requests_of

NOW = datetime(2025, 6, 20, 14, 5, tzinfo=UTC)
PDF = b"%PDF-1.7 the record"
B64 = base64.b64encode(PDF).decode()


def asked() -> RecordsRequest:
    found = requests_of(request())[0].request
    assert found is not None
    return found


def sent() -> Claim:
    claim = claims(professional())[0].claim
    assert claim is not None
    return claim


def body(out: AdditionalInformation, control: int = 77) -> list[str]:
    """The rows between ST and SE, the envelope checked."""
    text = write_attachment(out, control, NOW)
    (one,) = check_envelope(segments(text.encode())[0])
    assert one[0] == ["ST", "275", "0001", "005010X210"]
    return ["*".join(row) for row in one[1:-1]]


def test_an_answer_returns_what_the_payer_sent_and_the_question_beside_each_document() -> None:
    out = in_answer(asked(), "case-1", [Document(PDF, "18842-5"), Document(PDF, "11504-8")])
    assert body(out) == [
        "BGN*11*case-1*20250620*1405",
        "NM1*PR*2*PAYER*****PI*60054",
        "NM1*41*2*CLINIC BILLING*****46*CLINIC",
        "NM1*1P*2*CLINIC*****XX*1234567893",
        "NM1*QC*1*PEREZ*ANA****MI*W1",
        "REF*EJ*PCN1",
        "REF*EA*MRN77",
        "DTP*472*D8*20250510",
        "LX*1",
        "TRN*2*ICN1",
        "STC*R4:18842-5::LOI",
        "DTP*368*D8*20250620",
        "CAT*AE*IA",
        "EFI*05",
        f"BIN*{len(B64)}*{B64}",
        "LX*2",
        "TRN*2*ICN1",
        "STC*R4:11504-8::LOI",
        "REF*FJ*L1",
        "DTP*472*D8*20250510",
        "DTP*368*D8*20250620",
        "CAT*AE*IA",
        "EFI*05",
        f"BIN*{len(B64)}*{B64}",
    ]


def test_the_answer_goes_back_the_way_the_request_came() -> None:
    rows, _ = segments(write_attachment(in_answer(asked(), "k", [Document(PDF, "18842-5")]), 77, NOW).encode())
    assert [field.strip() for field in (rows[0][6], rows[0][8], rows[0][13])] == ["PAYER", "CLINIC", "000000077"]
    assert rows[1][1:4] == ["PI", "PAYER", "CLINIC"] and rows[1][6] == "77"


def test_documents_of_our_own_accord_are_told_by_our_number() -> None:
    rows = body(unasked(sent(), "case-1", [Document(PDF)]))
    assert rows[:11] == [
        "BGN*02*case-1*20250620*1405",
        "NM1*PR*2*PAYER*****PI*60054",
        "NM1*41*2*CLINIC BILLING*****46*CLINIC",
        "NM1*1P*2*CLINIC*****XX*1234567893",
        "NX1*1P",
        "N3*1 MAIN ST",
        "N4*AUSTIN*TX*787010001",
        "NM1*QC*1*PEREZ*ANA****MI*W1",
        "REF*EJ*PCN1",
        "REF*D9*CH1",
        "DTP*472*D8*20250510",
    ]
    assert rows[11:13] == ["LX*1", "TRN*1*case-1"] and not any(row.startswith("STC") for row in rows)


def test_a_dependent_is_named_with_the_members_number() -> None:
    claim = claims(professional())[1].claim
    assert claim is not None
    assert "NM1*QC*1*PEREZ*EVA****MI*W2" in body(unasked(claim, "case-1", [Document(PDF)]))


@given(st.binary(min_size=1, max_size=400), st.sampled_from(["O*NEIL", "A:B~C", "X|Y>Z*", "DOE"]))
def test_whatever_the_name_and_the_bytes_hold_the_envelope_is_whole_and_the_document_the_same(
    content: bytes, name: str
) -> None:
    request_ = asked()
    out = in_answer(
        replace(request_, patient=replace(request_.patient, name=name)), "k", [Document(content, "18842-5")]
    )
    rows, _ = segments(write_attachment(out, 5, NOW).encode())
    (one,) = check_envelope(rows)
    assert next(row for row in one if row[:2] == ["NM1", "QC"])[3] == name
    document = next(row for row in one if row[0] == "BIN")
    assert int(document[1]) == len(document[2]) and base64.b64decode(document[2]) == content


def test_with_several_questions_each_document_must_say_which_it_answers() -> None:
    with pytest.raises(Unfit, match="several questions"):
        in_answer(asked(), "k", [Document(PDF)])
    with pytest.raises(Unfit, match="did not ask"):
        in_answer(asked(), "k", [Document(PDF, "99999-9")])
    only = requests_of(request())[1].request
    assert only is not None
    assert [a.question for a in in_answer(only, "k", [Document(PDF), Document(PDF)]).answers] == [only.questions[0]] * 2


@pytest.mark.parametrize("end", ["~\n", "~", "~\r\n"])
def test_an_original_is_read_into_its_claim_again(end: str) -> None:
    for item in claims(professional().replace(b"~\n", end.encode())):
        assert item.claim is not None
        again = claim_of(item.source.text, "professional")
        assert replace(again, source=None, implementation="") == replace(item.claim, source=None, implementation="")


def test_an_original_with_other_delimiters_is_read_too() -> None:
    table = str.maketrans({"*": "|", ":": ">", "~": "\x1c", "^": "!"})
    first = claims(professional().decode().translate(table).encode())[0]
    assert claim_of(first.source.text, "professional").control_number == "PCN1"


def test_an_original_without_a_frame_is_told_without_its_content() -> None:
    with pytest.raises(Illegible) as refused:
        claim_of("PEREZ*ANA", "professional")
    assert "PEREZ" not in str(refused.value)


def test_what_the_other_side_says_is_understood() -> None:
    assert of_interchange("000000077", "R", "018") == OutboundAck(77, False, ("TA1 018",))
    assert of_interchange("000000077", "A", "000") is None and of_interchange("abc", "R", "1") is None
    assert of_transaction("275", "77", "A", [], []) == OutboundAck(77, True)
    assert of_transaction("275", "77", "E", ["5"], []) == OutboundAck(77, True)
    assert of_transaction("275", "77", "R", ["5"], ["IK3 BIN 9 8"]) == OutboundAck(
        77, False, ("IK5 R", "IK502 5", "IK3 BIN 9 8")
    )
    assert of_transaction("277", "77", "R", [], []) is None
    assert of_group("PI", "77", "R") == OutboundAck(77, False, ("AK9 R",))
    assert of_group("HC", "77", "R") == OutboundAck(77, False, ("AK9 R",))  # claims, which we send too
    assert of_group("PI", "77", "P") is None and of_group("HN", "77", "R") is None


def test_a_275_that_comes_in_is_refused_as_not_read_here() -> None:
    acknowledger = Acknowledger(NOW)
    for _ in acknowledger.watch(read([encoded(envelope(["BGN*11*A*20250620*1405"], "PI", "275", "005010X210"))])):
        pass
    (answer,) = acknowledger.answers()
    assert (answer.verdict, date(2025, 6, 20)) == ("R", NOW.date())
