"""What leads on from a patient's letter: its page by link and code, and numbers and addresses to tap."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any, cast

import pypdf
import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.gateway.adapters.documents.page import letter_page
from services.gateway.adapters.documents.text import letter_text
from services.gateway.adapters.documents.typeset import compile_pdf, letter_content
from services.gateway.domain.patient import spanish
from services.gateway.domain.patient.contact import CMS_PAGE, HELP_DESK, Target, dial, parts, targets
from services.gateway.domain.patient.letter import LANGUAGES, Language, PageAddress
from tests.unit.gateway.test_patient_letter import BASE, EVERY, written

URL = "https://claims.bayouphysicians.example.org/p/" + "aB3_" * 13 + "xY"  # a token has 54 characters
PAGE = PageAddress(URL, date(2026, 6, 30))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_with_a_link_has_two_pages_its_code_and_what_can_be_tapped(language: Language) -> None:
    long_plan = "Example Mutual Health Insurance Company of the Northeastern United States"
    for position in EVERY:
        one = written(replace(position, plan=long_plan, beyond=Decimal("12.34")), language, PAGE)
        content = letter_content(one, "1A2B3C4D", ["Pat Doe", "12 Main Street", "Apartment 12", "Houston, TX 77001"])
        pages = pypdf.PdfReader(BytesIO(compile_pdf("letter.typ", content))).pages
        assert len(pages) == 2, position
        notes = [_addresses(cast("Any", page)) for page in pages]
        assert notes[0] == [URL, "tel:+17135550142", "tel:+18009853059", f"https://{CMS_PAGE}"]
        assert set(notes[1]) == {URL}
        assert URL in "".join(pages[1].extract_text().split())


def _addresses(page: Any) -> list[str]:
    return [str(note.get_object()["/A"]["/URI"]) for note in page["/Annots"]]


def test_the_code_holds_the_address_and_nothing_else() -> None:
    """Read back module by module: the code of the same address, and of no other."""
    assert letter_content(written(BASE), "1A2B3C4D")["code"] == ""
    code = letter_content(written(BASE, page=PAGE), "1A2B3C4D")["code"]
    assert code == segno.make_qr(URL, error="m").svg_inline(border=0)
    assert code != segno.make_qr(URL + "?x", error="m").svg_inline(border=0)


@pytest.mark.parametrize(
    ("phone", "uri"),
    [  # RFC 3966, section 5.1.4: global numbers with the country code; section 5.3: the extension
        ("(713) 555-0142", "tel:+17135550142"),
        ("1-800-985-3059", "tel:+18009853059"),
        ("713.555.0142 ext. 12", "tel:+17135550142;ext=12"),
        ("+44 20 7946 0018", "tel:+442079460018"),
        ("555-0142", ""),  # no area code: where it rings is not known
        ("2713-555-0142", ""),
        ("", ""),
    ],
)
def test_numbers_to_tap_are_whole_or_none(phone: str, uri: str) -> None:
    assert dial(phone) == uri


@given(st.text(alphabet="1-805932.wcmsgov/ax", max_size=40))
def test_cutting_a_text_at_its_links_loses_nothing(text: str) -> None:
    around = f"{text}{HELP_DESK}{text}"
    found = parts(around, targets("(713) 555-0142"))
    assert "".join(part.text for part in found) == around
    assert any(part.text == HELP_DESK and part.href == "tel:+18009853059" for part in found)
    assert parts("plain", ()) == [Target("plain", "")]


def test_the_page_has_numbers_to_tap_and_its_own_address_only_where_it_stands_alone() -> None:
    page = letter_page(written(BASE))
    assert 'Call us at <a href="tel:+17135550142">(713) 555-0142</a>.' in page
    assert f'<a href="https://{CMS_PAGE}">{CMS_PAGE}</a>' in page and URL not in page
    assert f'<a href="{URL}">' in letter_page(written(BASE, page=PAGE))
    text = letter_text(written(BASE, "es", PAGE))
    assert f"\n{URL}\n" in text and "30 de junio de 2026" in text and "otro idioma" in text


def test_spanish_says_what_people_say() -> None:
    """The phrases of docs/patients-glossary.md: what is said, and what was read another way and is said no more."""
    told = " ".join(spanish.WORDS.values())
    for said in ("renunciar a sus protecciones", "ambulancias terrestres", "cirujano asistente, hospitalista",
                 "neonatología", "el formulario", "presentar una apelación", "departamento de seguros",
                 "lo que el plan debe pagar"):  # fmt: skip
        assert said in told
    for gone in ("dejar su protección", "por tierra", "cirujano ayudante", "médico de hospital", "recién nacidos",
                 "el papel", "pedir una apelación", "oficina de seguros"):  # fmt: skip
        assert gone not in told
