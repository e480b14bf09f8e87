"""What patients are told: whole in both languages in every state, easy to read, never more than the law allows."""

from __future__ import annotations

import string
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any, get_args

import pypdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.gateway.adapters.documents.page import letter_page
from services.gateway.adapters.documents.text import letter_text
from services.gateway.adapters.documents.typeset import compile_pdf, letter_content
from services.gateway.domain.patient import english, share, spanish
from services.gateway.domain.patient.contact import CMS_PAGE
from services.gateway.domain.patient.letter import (
    LANGUAGES,
    Language,
    Letter,
    PageAddress,
    Sender,
    letter,
    long_date,
    usd,
)
from services.gateway.domain.patient.patient_position import Amount, Next, PatientPosition, position_of
from services.gateway.domain.project import project
from services.gateway.domain.view import NO_IDENTIFIER, Books, ClaimView, PatientShare
from services.settlement.domain.patient import lawful_share
from shared.events import Event
from shared.events.assessment import ClaimDenied
from shared.events.claims import Adjustment, ClaimVoided, RemittanceFacts, RemittanceLine, RemittanceReceived
from shared.events.pursuit import GoverningLawDetermined, Protection, RuleFired
from shared.events.settlement import CloseReason
from shared.lifecycle import State
from tests.unit.gateway.lives import envelope, fair, new_claim, received, remittance, remitted, taken_back, won
from tests.unit.gateway.readability import english_grade, english_syllables, spanish_ease, spanish_syllables

NOW = datetime(2026, 5, 1, tzinfo=UTC)
SENDER = Sender("Bayou Physicians", "(713) 555-0142")


def D(text: str | int) -> Decimal:  # noqa: N802
    return Decimal(text)


def told(*events: Event) -> PatientPosition:
    return position_of(viewed(*events))


def viewed(*events: Event) -> ClaimView:
    view = None
    for event in events:
        view = project(view, envelope(event), NOW, lambda tenant, claim, field, value: NO_IDENTIFIER)
    assert view is not None
    return view


def written(position: PatientPosition, language: Language = "en", page: PageAddress | None = None) -> Letter:
    return letter(position, language, reference="1A2B3C4D", on=date(2026, 5, 1), sender=SENDER, page=page)


def payment(
    *adjustments: tuple[str, str, str], paid: str = "160", qpa: str | None = None, remarks: tuple[str, ...] = ()
) -> RemittanceFacts:
    parts = tuple(Adjustment(group=g, carc=c, amount=D(a)) for g, c, a in adjustments)
    line = RemittanceLine(
        line=1, code="99213", charge=D(1000), paid=D(paid), adjustments=parts, remark_codes=remarks,
        qpa=None if qpa is None else D(qpa),
    )  # fmt: skip
    stated = sum((p.amount for p in parts if p.group == "PR"), D(0))
    return replace(remittance("r1", paid), lines=(line,), patient_responsibility=stated)


# What was remitted → the most that may be asked, and what is not cost share. Worked out by hand.
REMITTED = [
    # deductible 25, coinsurance 10, copay 5
    (payment(("PR", "1", "25"), ("PR", "2", "10"), ("PR", "3", "5")), "40", "0"),
    # a balance of 500 is put on the patient: it is not cost share
    (payment(("PR", "2", "40"), ("PR", "45", "500"), remarks=("N864",)), "40", "500"),
    # allowed 400 + 100; 100 is 20 % of 500; the QPA is 300, 20 % of that 60
    (payment(("PR", "2", "100"), paid="400", qpa="300", remarks=("N877",)), "60", "0"),
    # the contractual obligation is the provider's
    (payment(("CO", "45", "800"), paid="200", remarks=("N830",)), "0", "0"),
]


@pytest.mark.parametrize(("facts", "most", "beyond"), REMITTED)
def test_the_share_after_a_payment(facts: RemittanceFacts, most: str, beyond: str) -> None:
    claim = new_claim()
    position = told(received(claim), RemittanceReceived(claim_id=claim, remittance=facts))
    assert (position.at_most, position.beyond) == (D(most), D(beyond))
    assert position.law == "open", "remark codes and procedures are for appeals to judge"


def law(claim: str, protection: Protection, state: str = "") -> GoverningLawDetermined:
    fired = (RuleFired(rule="x", finding="y", source="z"),)
    return GoverningLawDetermined(
        claim_id=claim,
        law="unknown",
        scope="unknown",
        plan="commercial",
        protection=protection,
        fired=fired,
        state=state,
    )  # fmt: skip


def test_the_letter_says_what_was_told_of_the_law_last_and_nothing_before() -> None:
    claim = new_claim()
    life = won(claim)[:5]  # with an opened negotiation, which is not a word on the patient's law
    assert (told(*life).law, told(*life).state) == ("open", "")
    assert "may protect you" in letter_text(written(told(*life)))
    once = [*life, law(claim, "federal", "TX")]
    assert (told(*once).law, told(*once).state) == ("federal", "TX")
    assert told(*once, law(claim, "state", "TX")).law == "state", "a later word displaces an earlier one"
    assert "A state law protects you" in letter_text(written(told(*once, law(claim, "state", "TX"))))


def test_the_share_over_a_life() -> None:
    claim = new_claim()
    life = won(claim)
    seen = [(s.amount, s.next, s.at_most, s.paid) for s in (told(*life[:n]) for n in range(1, len(life) + 1))]
    assert seen == [
        ("waiting", "waiting", D(0), None),
        ("at_most", "checking", D(50), D(200)),
        ("at_most", "checking", D(50), D(200)),
        ("at_most", "preparing", D(50), D(200)),
        ("at_most", "negotiation", D(50), D(200)),
        ("at_most", "negotiation", D(50), D(200)),
        ("at_most", "negotiation", D(50), D(200)),
        ("at_most", "negotiation", D(50), D(200)),
        ("at_most", "agreed", D(50), D(200)),
        # a reversal as the tests' lives have it states its share positive: 50 + 50, but what was agreed binds
        ("reviewing", "reviewing", D(50), D(0)),
        ("at_most", "agreed", D(50), D(600)),
        ("at_most", "agreed", D(50), D(600)),
        ("final", "paid", D(50), D(600)),
        ("final", "closed_won", D(50), D(600)),
    ]


def test_a_denial_leaves_the_share_open_and_a_withdrawn_claim_owes_nothing() -> None:
    claim = new_claim()
    denied = ClaimDenied(
        claim_id=claim, remittance_id="r1", specialty="x", charge=D(1000), target=D(500),
        notice_on=date(2026, 3, 17), carcs=("50",),
    )  # fmt: skip
    none = RemittanceReceived(claim_id=claim, remittance=payment(("CO", "50", "1000"), paid="0"))
    position = told(received(claim), none, denied)
    assert (position.amount, position.next, position.at_most) == ("open", "denied", D(0))
    position = told(received(claim), remitted(claim, "200.00"), ClaimVoided(claim_id=claim))
    assert (position.amount, position.next, position.at_most) == ("nothing", "withdrawn", D(0))


def test_what_the_books_state_binds_when_more_is_remitted_later() -> None:
    claim = new_claim()
    position = told(*fair(claim), remitted(claim, "10.00", number="r9", share="75.00"))
    assert (position.amount, position.at_most) == ("final", D(50))
    reversal = replace(taken_back(claim, "-800.00").remittance, patient_responsibility=D(-50))
    position = told(*fair(claim), replace(taken_back(claim, "-800.00"), remittance=reversal))
    assert (position.amount, position.at_most, position.paid) == ("reviewing", D(0), D(0))


money = st.decimals(min_value=0, max_value=5000, places=2)
adjustment = st.builds(
    Adjustment,
    group=st.sampled_from(["PR", "CO", "OA"]),
    carc=st.sampled_from(["1", "2", "3", "45", "96"]),
    amount=money,
)
line = st.builds(
    RemittanceLine,
    line=st.just(1),
    code=st.just("99285"),
    charge=money,
    paid=money,
    allowed=st.none() | money,
    adjustments=st.lists(adjustment, max_size=4).map(tuple),
    remark_codes=st.just(()),
    qpa=st.none() | money,
)
payments = st.builds(
    replace,
    st.just(remittance("r1", "100")),
    patient_responsibility=money,
    lines=st.lists(line, max_size=3).map(tuple),
)


@given(payments)
def test_it_is_never_more_than_settlement_reckons_lawful(facts: RemittanceFacts) -> None:
    claim = "11111111-1111-4111-8111-111111111111"
    position = told(received(claim), RemittanceReceived(claim_id=claim, remittance=facts))
    assert position.at_most == max(lawful_share(facts), D(0))
    assert share.excess(facts) >= 0


@given(st.sampled_from(State), st.sampled_from(get_args(CloseReason)), st.none() | money, money, money, st.booleans())
def test_it_is_never_more_than_was_agreed_or_booked(
    state: State, reason: CloseReason, stated: Decimal | None, agreed: Decimal, booked: Decimal, back: bool
) -> None:
    view = viewed(*won(new_claim())[:9])
    assert view.settlement is not None
    view = replace(
        view,
        state=state,
        patient=PatientShare(stated=stated, taken_back=back),
        settlement=replace(view.settlement, patient_share=agreed),
        books=Books(reason, D(1), D(1), D(0), D(0), D(0), booked, D(0)),
    )
    most = position_of(view).at_most
    assert 0 <= most <= min(agreed, booked, stated if stated is not None else D(0))
    for language in LANGUAGES:
        text = letter_text(written(position_of(view), language))
        # every amount on the letter that is not what was charged or paid is the most that may be asked
        assert usd(most) in text and "{" not in text


def test_both_languages_say_everything() -> None:
    assert list(english.WORDS) == list(spanish.WORDS)
    for key, text in english.WORDS.items():
        places = [{name for _, name, _, _ in string.Formatter().parse(t) if name} for t in (text, spanish.WORDS[key])]
        assert places[0] == places[1], key
        assert text.strip() and spanish.WORDS[key].strip()
        assert text != spanish.WORDS[key], key
    assert set(english.STATES) == set(spanish.STATES) and len(english.STATES) == 56
    for words in (english.WORDS, spanish.WORDS):
        assert len(words["month"].split()) == 12
        assert {f"amount_{a}" for a in get_args(Amount)} <= set(words)
        assert {f"next_{n}" for n in get_args(Next)} <= set(words)
        assert {f"law_{law}" for law in get_args(Protection)} <= set(words)


BASE = told(*won(new_claim())[:5])
EVERY = [
    *[replace(BASE, next=n) for n in get_args(Next)],
    *[replace(BASE, amount=a, beyond=D("12.34")) for a in get_args(Amount)],
    *[replace(BASE, law=law, state=state) for law in get_args(Protection) for state in ("TX", "WY", "")],
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_is_whole_and_easy_to_read(language: Language) -> None:
    for position in EVERY:
        one = written(position, language)
        text, page = letter_text(one), letter_page(one)
        for part in (text, page):
            assert "1-800-985-3059" in part and "www.cms.gov/nosurprises" in part
            assert "{" not in part.split("</style>")[-1]
        assert "$200.00" in text and "$50.00" in text and f'<html lang="{language}">' in page
        prose = _prose(one)
        if language == "en":
            assert english_grade(prose) <= 6, position  # the sixth grade is what health literacy guides ask for
        else:
            assert spanish_ease(prose) >= 70, position  # fairly easy


def _prose(one: Letter) -> str:
    sections = (one.next, one.rights, one.help, *one.notice)
    parts = [one.not_a_bill, *one.amount_sentences]
    for section in sections:
        parts += [*section.paragraphs, *section.points]
    return "\n".join(parts)


def test_the_measures_themselves() -> None:
    assert [english_syllables(w) for w in ("plan", "share", "provider", "emergency", "table", "asked")] == [
        1,
        1,
        3,
        4,
        2,
        1,
    ]
    assert [spanish_syllables(w) for w in ("plan", "que", "cuidado", "médico", "día", "aérea", "quejas")] == [
        1, 1, 3, 3, 2, 4, 2,
    ]  # fmt: skip
    # 6 words, 1 sentence, 6 syllables: 0.39·6 + 11.8·1 − 15.59
    assert english_grade("The cat sat on the mat.") == pytest.approx(-1.45)
    # 5 words, 1 sentence, 9 syllables: 206.84 − 60·1.8 − 1.02·5
    assert spanish_ease("El gato come la comida.") == pytest.approx(206.84 - 60 * 9 / 5 - 5.1)


# What 45 CFR 149.430(a) and the model notice want patients told, as words of our own notice.
ELEMENTS = {
    "en": ("balance billing", "surprise bill", "emergency care is your in-network share", "72 hours", "3 hours",
           "anesthesia, pathology, radiology, lab", "never have to give up", "explanation of benefits", "air ambulance",
           "insurance department"),
    "es": ("facturación del saldo", "factura sorpresa", "atención de emergencia es su parte", "72 horas", "3 horas",
           "anestesia, patología, radiología, laboratorio", "nunca tiene que renunciar", "explicación de beneficios",
           "ambulancia aérea", "departamento de seguros"),
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notice_holds_what_the_rule_asks_for(language: Language) -> None:
    text = " ".join(letter_text(written(BASE, language)).split())
    for element in ELEMENTS[language]:
        assert element in text


def test_state_law_is_named_only_where_it_is_known() -> None:
    assert "Texas" in letter_text(written(replace(BASE, state="TX")))
    assert "Nuevo México" in letter_text(written(replace(BASE, state="NM"), "es"))
    assert "WY" not in letter_text(written(replace(BASE, state="WY")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_says_the_same_and_is_the_same_each_time(language: Language) -> None:
    one = written(BASE, language)
    content = letter_content(one, "1A2B3C4D", ["Pat Doe"])
    pdf = compile_pdf("letter.typ", content)
    assert pdf == compile_pdf("letter.typ", content)
    reader = pypdf.PdfReader(BytesIO(pdf))
    assert len(reader.pages) == 2
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == language
    assert root["/MarkInfo"]["/Marked"]  # tagged, so that screen readers find their way
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    for part in (one.amount.value, one.not_a_bill, "Pat Doe", *one.next.paragraphs, one.notice[-1].points[-1]):
        assert part.replace("-", "") in text.replace("-", ""), part


def test_words_for_days_and_dollars() -> None:
    assert long_date("en", date(2026, 3, 2)) == "March 2, 2026"
    assert long_date("es", date(2026, 12, 31)) == "31 de diciembre de 2026"
    assert usd(D("1234567.5")) == "$1,234,567.50"


def test_nothing_in_the_page_is_markup_from_outside() -> None:
    position = replace(BASE, plan='<script>alert("x")</script>')
    page = letter_page(written(position))
    assert "<script" not in page and "&lt;script&gt;" in page
    assert "http://" not in page and "src=" not in page
    assert page.count("https://") == page.count(f'href="https://{CMS_PAGE}"') == 1
