"""Every paper as a person would see it: rendered to an image, read back as text, and edited by staff."""

# pyright: basic
from __future__ import annotations

import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pypdfium2 as pdfium
import pytest

from services.appeals.adapters.documents.content import Content
from services.appeals.adapters.documents.figures import totals
from services.appeals.adapters.documents.library import Prepared, package_of
from services.appeals.adapters.documents.specimens import Specimen, specimens
from services.appeals.adapters.documents.typesetting import TemplateError, Typesetter
from services.appeals.adapters.documents.words import LetterError
from services.appeals.adapters.rules import RULES, TEMPLATES, RuleError, load_rules
from services.appeals.application.ports import Paper
from services.appeals.domain.decision import RuleSet
from services.appeals.domain.tables import DocumentRow
from services.appeals.preview import main

HOUSE = RuleSet.of(load_rules())
SETTER = Typesetter()
ALL = {specimen.name: specimen for specimen in specimens(HOUSE)}
MARGIN = 60  # of 72 points a side: what stands there was pushed out of its column
FOOT = 26  # below the footer
HEAD = 62  # the running head stands above


def faults(pdf: bytes) -> list[str]:
    """What is wrong with a PDF's looks: empty pages, ink outside the margins, text over text."""
    return [f"page {n}: {fault}" for n, page in enumerate(pdfium.PdfDocument(pdf), 1) for fault in _page(page)]


def _page(page: pdfium.PdfPage) -> Iterator[str]:
    image = page.render(scale=1, grayscale=True)
    pixels, width, height = bytes(image.buffer), image.width, image.height
    rows = [pixels[y * image.stride : y * image.stride + width] for y in range(height)]
    inked = [y for y, row in enumerate(rows) if min(row) < 200]
    if not [y for y in inked if HEAD < y < height - 80]:
        yield "empty"
    if [y for y in inked if min(rows[y][:MARGIN]) < 200 or min(rows[y][width - MARGIN :]) < 200]:
        yield "ink in a side margin"
    if inked and (inked[0] < 36 or inked[-1] > height - FOOT):
        yield "ink above the head or below the foot"
    text = page.get_textpage()
    cells: dict[tuple[int, int], list[tuple[int, float, float, float, float]]] = {}
    for index in range(text.count_chars()):
        left, bottom, right, top = text.get_charbox(index)
        cell = int(left) // 12, int(bottom) // 12
        for near in ((cell[0] + dx, cell[1] + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)):
            for other, left2, bottom2, right2, top2 in cells.get(near, ()):
                # the letters of one ligature share a box and follow each other
                wide, high = min(right, right2) - max(left, left2), min(top, top2) - max(bottom, bottom2)
                if index - other > 3 and wide > 1.5 and high > 1.5:
                    yield f"text over text at {left:.0f}, {bottom:.0f}"
        cells.setdefault(cell, []).append((index, left, bottom, right, top))


def read(pdf: bytes) -> str:
    return " ".join(" ".join(page.get_textpage().get_text_range() for page in pdfium.PdfDocument(pdf)).split())


def _packed(text: str) -> str:
    """Without spaces and line breaks, where a hyphen at the end of a line reads as another character."""
    return "".join(text.replace("\ufffe", "-").replace("-", "").split())


def papers(specimen: Specimen, setter: Typesetter = SETTER) -> Iterator[tuple[DocumentRow, Content, bytes]]:
    for row, content in specimen.papers(HOUSE, setter.letters):
        yield row, content, setter.pdf(row.template, content.json, specimen.filing.filed_on)


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every paper, as the command writes it for staff."""
    out = tmp_path_factory.mktemp("gallery")
    main([str(out)])
    return out


@pytest.mark.parametrize("name", sorted(ALL))
def test_every_paper_looks_right_and_says_everything(name: str, gallery: Path) -> None:
    for row, content in ALL[name].papers(HOUSE, SETTER.letters):
        pdf = (gallery / f"{name}.{row.kind}.pdf").read_bytes()
        assert content.missing == ()
        assert faults(pdf) == [], row.kind
        shown, data = read(pdf), msgspec.json.decode(content.json)
        assert not [blank for blank in ("____", "{", "None") if blank in shown], row.kind
        expected = [*data.get("paragraphs", ()), data["provider"]["name"], data["remittance"]["payer_claim_number"]]
        expected += [item["code"] for item in data.get("items") or data["lines"]]
        expected += [a["reference"] for a in data["attachments"]]
        if row.kind != "evidence_packet":
            expected += [data["date_long"]]
        for part in expected:
            assert _packed(part) in _packed(shown), (row.kind, part)


def test_the_look_finds_what_is_wrong(tmp_path: Path) -> None:
    """The check above can fail: text out of its margin, text over text, an empty page."""
    specimen = ALL["state_process-1-underpayment_appeal-emergency"]
    row, content, good = next(papers(specimen))
    assert faults(good) == []
    setter = Typesetter(_copy(tmp_path))
    letter = setter.directory / row.template
    whole = letter.read_text()
    for added, fault in (
        ("#place(top + left, dx: 6.2in)[this text runs out of the page]", "ink in a side margin"),
        ("#place(top + left, dy: 2.28in)[this text is set over the letter and all its facts]", "text over text"),
        ("#pagebreak()#pagebreak(weak: false)", "empty"),
    ):
        letter.write_text(whole + added)
        found = faults(setter.pdf(row.template, content.json, specimen.filing.filed_on))
        assert any(fault in line for line in found), (fault, found)


def test_letters_differ_by_forum_level_cause_and_specialty() -> None:
    def letter(name: str) -> str:
        return next(read(pdf) for row, _, pdf in papers(ALL[name]) if row.kind in ("appeal_letter", "cover_letter"))

    necessity = "{}-medical_necessity_appeal-cardiology"
    first, second = letter(necessity.format("commercial_appeal-1")), letter(necessity.format("commercial_appeal-2"))
    review = letter(necessity.format("external_review-1"))
    assert "We appeal your determination received on October 5, 2026" in first
    assert "Our appeal of October 7, 2026 was denied on November 12, 2026" in second
    assert "open to external review" in review and "P.O. Box 30433" in review and "open to external" not in second
    assert "appropriate-use criteria of the cardiology societies" in first
    assert "Cardiac" not in letter("commercial_appeal-1-timely_filing_proof-cardiology")
    state = letter("state_process-1-underpayment_appeal-emergency")
    assert "Department of Financial Services Independent Dispute Resolution, One Example Plaza" in state
    assert "Your claim number" not in state and "The plan's claim number 262800000001" in state
    corrected = letter("corrected_claim-1-correct_and_resubmit-cardiology")
    assert "frequency code 7" in corrected and "sought" not in corrected.lower()
    assert "frequency code 7" not in letter("corrected_claim-1-send_records-cardiology")


def test_every_page_says_whose_claim_it_is_and_which_of_how_many() -> None:
    """A fax parts the pages; hashes are for machines and stand in the PDF's properties alone."""
    batch = "federal_idr-1-open_negotiation-emergency-batch"
    for name in (batch, "state_process-1-underpayment_appeal-emergency", "collection-1-open_negotiation-emergency"):
        head = "Claim 262800000001 and 24 more" if name == batch else "Claim 262800000001"
        for row, content, pdf in papers(ALL[name]):
            pages = pdfium.PdfDocument(pdf)
            for number, page in enumerate(pages, 1):
                first = " ".join(page.get_textpage().get_text_range().split())
                assert first.startswith(f"{head} Page {number} of {len(pages)} "), (row.kind, number, first[:80])
            digest = msgspec.json.decode(content.json)["core_sha256"]
            assert digest in pages.get_metadata_dict()["Keywords"] and digest[:16] not in read(pdf)


def test_tables_of_amounts_have_a_total() -> None:
    """Two lines of the specimens: charged 2,400.00, allowed 350.00, paid 310.00, sought 1,190.00 each."""
    shown = {
        row.kind: read(pdf)
        for name in ("state_process-1-underpayment_appeal-emergency", "open_negotiation-1-open_negotiation-emergency",
                     "federal_idr-1-open_negotiation-emergency")
        for row, _, pdf in papers(ALL[name])
    }  # fmt: skip
    assert "Total $4,800.00 $700.00 $2,380.00" in shown["appeal_letter"]
    assert "Total $4,800.00 $700.00 $620.00" in shown["evidence_packet"]
    assert "Total $620.00 $80.00 $2,380.00" in shown["on_notice"]
    assert "Total $620.00 $80.00 $700.00" in shown["idr_initiation"]
    assert "Total $700.00 $2,380.00 340%" in shown["idr_offer"]
    assert "Total $700.00 $620.00 $80.00 $700.00" in shown["remittance_copy"]
    assert totals([{"line": "1", "sought": Decimal("1.10"), "qpa": None}, {"line": "2", "sought": Decimal("2.20"),
                   "qpa": Decimal(1)}]) == {"sought": Decimal("3.30"), "qpa": None}  # fmt: skip


def test_a_demand_for_an_award_cites_the_law_it_is_due_under() -> None:
    for name in ("collection-1-open_negotiation-emergency", "collection-2-open_negotiation-emergency"):
        ((_, _, pdf),) = papers(ALL[name])
        assert "within 30 calendar days of it (42 USC 300gg-111(c)(6); 45 CFR 149.510(c)(4)(ix))" in read(pdf)


def test_a_batch_offers_for_every_item() -> None:
    specimen = ALL["federal_idr-1-open_negotiation-emergency-batch"]
    found = {row.kind: (content, read(pdf)) for row, content, pdf in papers(specimen)}
    content, offer = found["idr_offer"]
    # 25 claims of two lines at 1,190.00 each beside a QPA of 350.00: 340 %
    assert "Offer for the out-of-network rate $59,500.00" in offer and "Qualifying payment amount $17,500.00" in offer
    assert offer.count("$1,190.00 340%") == 50
    assert "262800000002" in offer and "262800000025" in offer
    assert content.text.count("sought $1,190.00") == 50
    assert "262800000025" in found["idr_initiation"][1]


def test_a_packet_does_not_tell_the_payer_what_we_could_not_settle() -> None:
    packet = {row.kind: read(pdf) for row, _, pdf in papers(ALL["commercial_appeal-1-underpayment_appeal-neurology"])}
    assert "unknown" not in packet["evidence_packet"]
    state = {row.kind: read(pdf) for row, _, pdf in papers(ALL["state_process-1-underpayment_appeal-emergency"])}
    assert "state law: emergency service" in state["evidence_packet"]


def test_a_state_request_leaves_by_the_authority_and_not_by_the_payer() -> None:
    for name, to in (
        ("state_process-1-underpayment_appeal-emergency", "Department of Financial Services"),
        ("commercial_appeal-1-underpayment_appeal-emergency", "Example Mutual Health Insurance Company"),
    ):
        specimen = ALL[name]
        found = [
            (Prepared(row, "0" * 64, content), Paper(row.kind, "0" * 64, b"", content.text, content.json))
            for row, content in specimen.papers(HOUSE, SETTER.letters)
        ]
        assert package_of(specimen.case, specimen.filing, found).recipient["name"].startswith(to)


def test_the_plain_text_stands_for_the_letter() -> None:
    text = next(c.text for r, c, _ in papers(ALL["commercial_appeal-1-coding_appeal-cardiology"]) if "letter" in r.kind)
    for part in (
        "Example Emergency and Acute Care Physicians", "NPI 1234567893, TIN 123456789", "November 19, 2026",
        "Member and Provider Appeals, P.O. Box 30432", "Appeal, level 1: claim 262800000001",
        "our account: ACCT-0001", "explains the coding of each line",
        "line 2, 93306-59, September 1, 2026: charge $2,400.00",
        "enclosed: Coding rationale, as kept by the practice (dms:2026/00001)", "A. Biller",
    ):  # fmt: skip
        assert part in text, part


def _copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TEMPLATES, tmp_path / "templates"))


def test_staff_change_words_and_layout_without_code(tmp_path: Path) -> None:
    words = _copy(tmp_path) / "letters.toml"
    text = words.read_text()
    words.write_text(
        text.replace(
            'cardiology = "Cardiac', 'cardiology_coding_appeal = "Our own words on {carc}."\ncardiology = "Cardiac'
        )
    )
    (tmp_path / "templates" / "common.typ").write_text(
        (TEMPLATES / "common.typ").read_text().replace("Sincerely,", "With regards,")
    )
    setter = Typesetter(tmp_path / "templates")
    name = "commercial_appeal-1-coding_appeal-cardiology"
    before = next(pdf for row, _, pdf in papers(ALL[name]) if row.kind == "appeal_letter")
    after = next(pdf for row, _, pdf in papers(ALL[name], setter) if row.kind == "appeal_letter")
    assert "Our own words on 4." in read(after) and "With regards," in read(after)
    assert "Our own words" not in read(before) and "Sincerely," in read(before)
    assert setter.fingerprint("appeal_letter.typ") != SETTER.fingerprint("appeal_letter.typ")


def test_staff_add_a_document_of_their_own(tmp_path: Path) -> None:
    templates, rules = _copy(tmp_path), Path(shutil.copytree(RULES, tmp_path / "rules"))
    (templates / "fax_cover.typ").write_text('#import "common.typ": *\n#show: page-setup.with("Fax")\n#data.subject\n')
    with (rules / "documents.csv").open("a") as table:
        table.write(
            "fax_cover,commercial_appeal,1,fax_cover.typ,1,false,addressee,profile.payer.fax,2026-01-01,9999-12-31,house\n"
        )
    rule_set = RuleSet.of(load_rules(rules, templates))
    specimen = ALL["commercial_appeal-1-underpayment_appeal-general"]
    found = {row.kind: content for row, content in specimen.papers(rule_set, Typesetter(templates).letters)}
    assert found["fax_cover"].missing == ("profile.payer.fax",)  # listed before it can be sent
    pdf = Typesetter(templates).pdf("fax_cover.typ", found["fax_cover"].json, specimen.filing.filed_on)
    assert "Appeal, level 1: claim 262800000001" in read(pdf) and "Draft, not ready to send" in read(pdf)
    (templates / "fax_cover.typ").unlink()
    load_rules.cache_clear()
    with pytest.raises(RuleError, match=r"documents.csv: fax_cover names template fax_cover.typ"):
        load_rules(rules, templates)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("{amount_sought}", "{ammount}", r"\[argument\] underpayment_appeal: no field is named \{ammount\}"),
        ("{outstanding} of it", "{allowed} of it", r"\[opening\] collection_1: no field is named \{allowed\}"),
        ("coding_appeal = \"The claim", "codng_appeal = \"The claim", "codng_appeal: no filing looks for"),
        ("coding_appeal = \"The claim", "[x]\ny = \"The claim", "unknown field"),
        ("general = \"The enclosed", "generic = \"The enclosed", r"\[record\] general: is missing"),
        ("underpayment_appeal_above =", "payment_appeal_above =", r"underpayment_appeal_above: is missing"),
        ("\"timely_filing_proof\",", "\"timely_filing\",", "there is no remedy timely_filing"),
        ("[closing]", "[closing", "line"),
        ("{carc}", "{carc", r"\[argument\] \w+: .*brace"),
    ],
)  # fmt: skip
def test_words_that_cannot_be_used_are_refused_with_their_place(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    path = _copy(tmp_path) / "letters.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(LetterError, match=f"letters.toml.*{problem}"):
        Typesetter(path.parent)


def test_a_broken_template_names_its_place_and_none_of_the_data(tmp_path: Path) -> None:
    templates = _copy(tmp_path)
    path = templates / "appeal_letter.typ"
    path.write_text(path.read_text().replace("#data.date_long", "#float(data.claim.control_number)"))
    row, content, _ = next(papers(ALL["commercial_appeal-1-underpayment_appeal-general"]))
    with pytest.raises(TemplateError) as caught:
        Typesetter(templates).pdf(
            row.template, content.json, ALL["commercial_appeal-1-underpayment_appeal-general"].filing.filed_on
        )
    assert str(caught.value).startswith("template appeal_letter.typ:") and "ACCT" not in str(caught.value)


def test_preview_says_in_one_line_what_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    templates = _copy(tmp_path)
    (templates / "appeal_letter.typ").write_text("#let x = \n")
    with pytest.raises(SystemExit, match="2"):
        main([str(tmp_path / "out"), "--templates", str(templates)])
    said = capsys.readouterr().err
    assert said == "appeals: template appeal_letter.typ:1:8 cannot be typeset: expected expression\n"
