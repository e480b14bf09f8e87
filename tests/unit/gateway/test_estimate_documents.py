"""Estimates as documents, by the command, and what is refused."""

from __future__ import annotations

import json
from datetime import date
from io import BytesIO
from pathlib import Path

import pypdf
import pytest
from msgspec.structs import replace
from typer.testing import CliRunner

from recoup.cli import application
from services.gateway.adapters.estimates import Unfit, parse, render_now
from services.gateway.domain.patient.estimate import DisputeRequest, EstimateRequest, Recurring
from services.gateway.domain.patient.estimate_letter import estimate_letter
from services.gateway.domain.patient.letter import LANGUAGES, Language
from shared.commands import CommandError
from tests.unit.gateway.readability import english_grade, spanish_ease
from tests.unit.gateway.test_estimates import REQUEST

PAGE = Path(__file__).resolve().parents[3] / "docs" / "patients.md"
EXAMPLE = PAGE.read_text().split("```json")[1].split("```")[0]
RUN = CliRunner()


def run(*arguments: str, given: object = None) -> tuple[int, bytes]:
    text = given if isinstance(given, str) else json.dumps(given)
    done = RUN.invoke(application("estimate"), ["estimate", *arguments, "-"], input=text)
    if isinstance(done.exception, CommandError):
        return done.exception.exit_code, f"{done.exception.message} {done.exception.hint}".encode()
    return done.exit_code, done.stdout_bytes


# 45 CFR 149.610(c)(1)(i) to (x), as words of our own
CONTENT = {
    "en": ("Pat Doe", "February 3, 1980", "Repair of the left knee", "March 20, 2026", "Dr. Ana Ruiz", "1234567893",
           "12-3456789", "12 Main Street, Houston, TX", "29881", "M23.221", "$1,991.00", "$2,600.01", "$4,591.01",
           "Physical therapy", "separate estimate", "only an estimate", "more care", "at least $400 more",
           "not change the quality", "not a contract", "1-800-985-3059", "120 days", "$25"),
    "es": ("Pat Doe", "3 de febrero de 1980", "20 de marzo de 2026", "1122334455", "$1,991.00", "$4,591.01",
           "Physical therapy", "otro estimado", "solo un estimado", "más atención", "al menos $400 más",
           "no cambia la calidad", "no es un contrato", "1-800-985-3059", "120 días", "$25"),
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_holds_what_the_rule_asks_for_in_every_form(language: Language) -> None:
    text = " ".join(render_now(REQUEST, "text", language).decode().split())
    page = render_now(REQUEST, "html", language).decode()
    pdf = render_now(REQUEST, "pdf", language)
    assert pdf == render_now(REQUEST, "pdf", language)
    print_ = " ".join(" ".join(p.extract_text() for p in pypdf.PdfReader(BytesIO(pdf)).pages).split())
    for content in CONTENT[language]:
        assert content in text, content
        assert content in page, content
        assert content in print_, content


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_easy_to_read(language: Language) -> None:
    letter = estimate_letter(REQUEST, language)
    prose = "\n".join(
        [letter.intro, *(p for s in letter.sections for p in (*s.paragraphs, *s.points) if p.endswith("."))]
    )
    if language == "en":
        assert english_grade(prose) <= 6
    else:
        assert spanish_ease(prose) >= 70


def test_the_page_of_the_documentation_is_right() -> None:
    request = parse(EXAMPLE.encode(), EstimateRequest)
    code, out = run("reckon", given=EXAMPLE)
    assert code == 0 and json.loads(out) == {
        "total": "4491.00",
        "providers": [
            {"npi": "1234567893", "name": "Dr. Ana Ruiz", "expected": "1991.00"},
            {"npi": "1122334455", "name": "Bayou Surgery Center", "expected": "2500.00"},
        ],
        "due_on": "2026-03-05",
        "late": False,
        "revise_by": "2026-03-19",
        "lacks": [],
        "wrong": [],
    }
    assert request.patient.name == "Pat Doe"


def test_the_command_writes_and_compares(tmp_path: Path) -> None:
    out = tmp_path / "e.pdf"
    assert run("write", "--out", str(out), "--language", "es", given=EXAMPLE)[0] == 0
    assert out.read_bytes().startswith(b"%PDF-")
    assert b"Estimado de buena fe" in run("write", "--format", "html", "--language", "es", given=EXAMPLE)[1]
    bills = [{"npi": "1234567893", "billed": "2391.00", "received_on": "2026-04-01"}]
    asked = {"estimate": json.loads(EXAMPLE), "bills": bills, "on": "2026-07-30"}
    code, found = run("dispute", given=asked)
    assert code == 0 and json.loads(found)[0] == {
        "npi": "1234567893", "expected": "1991.00", "billed": "2391.00", "above": "400.00", "reason": "eligible",
        "start_by": "2026-07-30",
    }  # fmt: skip
    assert run("dispute", given=asked | {"on": "2026-07-31"})[0] == 1


def test_what_is_wrong_is_named_by_its_place_and_never_repeated() -> None:
    for change, place in (
        ({"patient": {"name": "Secret Name", "born_on": "soon"}}, "patient.born_on"),
        ({"coverage": "Secret Name"}, "coverage"),
        ({"Secret": 1}, "Secret"),
        ({"providers": 3}, "providers"),
    ):
        with pytest.raises(Unfit) as caught:
            parse(json.dumps(json.loads(EXAMPLE) | change).encode(), EstimateRequest)
        assert caught.value.places == (place,) and "Secret Name" not in str(caught.value)
    with pytest.raises(Unfit, match="JSON"):
        parse(b"{", DisputeRequest)
    lacking = json.loads(EXAMPLE) | {"service": ""}
    code, says = run("write", given=lacking)
    assert code == 2 and b"at service" in says
    assert run("reckon", given=lacking)[0] == 1


@pytest.mark.parametrize("field", ["scheduled_for", "requested_on"])
def test_a_day_for_which_no_business_days_are_known_is_refused_by_name(field: str) -> None:
    with pytest.raises(Unfit) as refused:
        parse(json.dumps(json.loads(EXAMPLE) | {field: "2999-01-01"}).encode(), EstimateRequest)
    assert refused.value.places == (field,)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "How often once a week; from March 20, 2026 to June 12, 2026"),
        ("es", "Con qué frecuencia once a week; del 20 de marzo de 2026 al 12 de junio de 2026"),
    ],
)
def test_recurring_care_says_how_often_and_over_what_time(language: Language, words: str) -> None:
    """45 CFR 149.610(b)(1)(x)(A)."""
    recurring = Recurring("once a week", date(2026, 3, 20), date(2026, 6, 12))
    letter = estimate_letter(replace(REQUEST, recurring=recurring), language)
    (row,) = (row for row in letter.rows if row.value.startswith("once a week"))
    assert f"{row.label} {row.value}" == words
    assert len(letter.rows) == len(estimate_letter(REQUEST, language).rows) + 1


def test_what_cannot_be_is_refused_with_its_place_and_why() -> None:
    with pytest.raises(Unfit) as refused:
        render_now(replace(REQUEST, issued_on=date(2026, 3, 1)), "text", "en")
    assert refused.value.places == ("issued_on: before scheduled_on",)


@pytest.mark.parametrize(
    ("change", "place", "says"),
    [
        ({"born_on": None}, "patient.born_on", "of the wrong kind"),
        ({"name": "Pat Doe"}, "patient.born_on", "is missing"),
        ({"name": "Pat Doe", "born_on": "1980-02-03", "born": "1980-02-03"}, "patient.born", "is not known"),
    ],
)
def test_a_field_that_is_wrong_is_told_with_how(change: dict[str, object], place: str, says: str) -> None:
    given = json.loads(EXAMPLE)
    given["patient"] = change if "name" in change else given["patient"] | change
    with pytest.raises(Unfit, match=says) as unfit:
        parse(json.dumps(given).encode(), EstimateRequest)
    assert unfit.value.places == (place,)
    assert "1980" not in str(unfit.value)
