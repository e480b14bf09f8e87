"""A patient's letter as one HTML page without scripts, images or anything from elsewhere."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html import escape
from pathlib import Path

from services.gateway.domain.patient.contact import Target, parts
from services.gateway.domain.patient.estimate_letter import EstimateLetter, ProviderTable
from services.gateway.domain.patient.letter import LANGUAGES, Language, Letter, Online, Section, word

_STYLE = (Path(__file__).parent / "patient.css").read_text(encoding="utf-8")
STYLE_HASH = "sha256-" + b64encode(sha256(_STYLE.encode()).digest()).decode()
"""What a Content-Security-Policy must name to let the page's one style through."""


class Links:
    """Where the page's own links go; empty for a letter that stands alone."""

    def __init__(self, other_language: str = "", pdf: str = "", text: str = "", ends: str = "") -> None:
        self.other_language = other_language
        self.pdf = pdf
        self.text = text
        self.ends = ends


def letter_page(letter: Letter, links: Links | None = None, recipient: Sequence[str] = ()) -> str:
    """The page of a letter."""
    links = links or Links()
    language = letter.language
    other = "es" if language == "en" else "en"
    switch = _link(links.other_language, letter.other_language, f' lang="{other}" hreflang="{other}"')
    rows = "".join(f"<div><dt>{escape(r.label)}</dt><dd>{escape(r.value)}</dd></div>" for r in letter.rows)
    parts = [
        f"<header>{f'<p class=sender>{escape(letter.sender)}</p>' if letter.sender else ''}{switch}</header>",
        f'<main id="letter"><h1>{escape(letter.title)}</h1>',
        "".join(f"<p class=recipient>{escape(line)}</p>" for line in recipient),
        f"<p><strong>{escape(letter.not_a_bill)}</strong></p>",
        '<section class="amount" aria-labelledby="amount">',
        f'<h2 id="amount">{escape(letter.amount.label)}</h2><p class="sum">{escape(letter.amount.value)}</p>',
        "".join(f"<p>{escape(text)}</p>" for text in letter.amount_sentences),
        f"</section>{_section(letter.next)}",
        f"<section><h2>{escape(letter.facts.heading)}</h2><dl>{rows}</dl></section>",
        _section(letter.rights),
        _section(letter.help, targets=letter.links),
        _online(letter.online) if letter.online else "",
        f'<section class="notice"><h2>{escape(letter.notice_title)}</h2>',
        "".join(_section(section, level=3) for section in letter.notice),
        f"</section></main><footer><p>{escape(letter.language_help)}</p>",
        f"<p>{escape(letter.date.label)}: {escape(letter.date.value)}</p>",
        f"<p>{escape(links.ends)}</p>" if links.ends else "",
        _link(links.pdf, word(language, "pdf")),
        _link(links.text, word(language, "text")),
        "</footer>",
    ]
    skip = f'<a class="skip" href="#letter">{escape(word(language, "skip"))}</a>'
    return document(language, letter.title, skip + "".join(parts))


def estimate_page(letter: EstimateLetter) -> str:
    """The page of a good-faith estimate."""
    rows = "".join(f"<div><dt>{escape(r.label)}</dt><dd>{escape(r.value)}</dd></div>" for r in letter.rows)
    parts = [
        f"<main><h1>{escape(letter.title)}</h1><p>{escape(letter.intro)}</p><dl>{rows}</dl>",
        '<section class="amount" aria-labelledby="amount">',
        f'<h2 id="amount">{escape(letter.total.label)}</h2><p class="sum">{escape(letter.total.value)}</p></section>',
        "".join(_table(table, letter.heads) for table in letter.providers),
        "".join(_section(section) for section in letter.sections),
        "</main>",
    ]
    return document(letter.language, letter.title, "".join(parts))


def _table(table: ProviderTable, heads: Sequence[str]) -> str:
    kinds = ("", "", "", ' class="n"', ' class="n"')
    head = "".join(f'<th scope="col"{k}>{escape(h)}</th>' for h, k in zip(heads, kinds, strict=True))
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{k}>{escape(v)}</td>"
            for v, k in zip((i.what, i.code, i.diagnoses, i.quantity, i.charge), kinds, strict=True)
        )
        + "</tr>"
        for i in table.items
    )
    total = f'<tr><th scope="row" colspan="4">{escape(table.total.label)}</th><td class="n">{escape(table.total.value)}'
    return (
        f"<section><h2>{escape(table.name)}</h2>"
        + "".join(f"<p>{escape(detail)}</p>" for detail in table.details)
        + f'<div class="wide" tabindex="0" role="region" aria-label="{escape(table.name)}">'
        + f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
        + f"<tfoot>{total}</td></tr></tfoot></table></div></section>"
    )


def notice_page(kind: str) -> str:
    """A page that says in every language that there is nothing to show: `gone`, `busy` or `fault`."""
    body = "".join(
        f'<section lang="{language}"><h{level}>{escape(word(language, f"{kind}_title"))}</h{level}>'
        f"<p>{escape(word(language, kind))}</p></section>"
        for level, language in enumerate(LANGUAGES, 1)
    )
    return document("en", word("en", f"{kind}_title"), f"<main>{body}</main>")


def document(language: Language, title: str, body: str) -> str:
    """A whole page around `body`, which is HTML."""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex, nofollow, noarchive"><meta name="referrer" content="no-referrer">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>{body}</body></html>"
    )


def _link(target: str, text: str, attributes: str = "") -> str:
    return f'<p class="link"><a href="{escape(target)}"{attributes}>{escape(text)}</a></p>' if target else ""


def _online(online: Online) -> str:
    return (
        f"<section><h2>{escape(online.heading)}</h2>"
        f'<p><a href="{escape(online.url)}">{escape(online.url)}</a></p><p>{escape(online.ends)}</p></section>'
    )


def _tappable(text: str, targets: Sequence[Target]) -> str:
    """The text with its telephone numbers and addresses as links."""
    return "".join(
        f'<a href="{escape(part.href)}">{escape(part.text)}</a>' if part.href else escape(part.text)
        for part in parts(text, targets)
    )


def _section(section: Section, level: int = 2, targets: Sequence[Target] = ()) -> str:
    points = "".join(f"<li>{_tappable(point, targets)}</li>" for point in section.points)
    return (
        f"<section><h{level}>{escape(section.heading)}</h{level}>"
        + "".join(f"<p>{escape(text)}</p>" for text in section.paragraphs)
        + (f"<ul>{points}</ul>" if points else "")
        + "</section>"
    )
