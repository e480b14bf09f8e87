"""E-mails of the federal portal, of IDR entities and of payers, read for what they tell of a dispute.

What is read is a proposal: a row of the table that `recoup idr record` takes, for a person to look at and confirm. A
message that tells two things, or none, is listed with what was found and proposes nothing. Only dispute numbers, days
and amounts are taken; nothing else of a message is kept or shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parseaddr, parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path

LARGEST = 10 * 1024 * 1024
"""Bytes of a message that is read; larger ones are attachments, which are not read."""
_CMS = ("cms.hhs.gov", "cms.gov")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_NUMBER = re.compile(r"\b(DISP-?\d{4,12})\b", re.IGNORECASE)
_NUMBERED = re.compile(r"\bdispute (?:reference )?(?:number|no\.?|#)\s*:?\s*([A-Z]{0,5}-?\d{4,12})\b", re.IGNORECASE)
_AMOUNT = re.compile(r"\$\s?(\d{1,3}(?:,\d{3})*(?:\.\d{2})?|\d+(?:\.\d{2})?)(?![\d,.]*\d)")
_DAYS = (
    re.compile(r"\b(?P<m>0?[1-9]|1[0-2])/(?P<d>0?[1-9]|[12]\d|3[01])/(?P<y>20\d{2})\b"),
    re.compile(r"\b(?P<y>20\d{2})-(?P<m>0[1-9]|1[0-2])-(?P<d>0[1-9]|[12]\d|3[01])\b"),
    re.compile(rf"\b(?P<w>{'|'.join(_MONTHS)})\s+(?P<d>[12]\d|3[01]|0?[1-9]),?\s+(?P<y>20\d{{2}})\b", re.IGNORECASE),
)  # fmt: skip
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])|\n\s*\n")
_DUE = re.compile(r"\b(due|by|no later than|not later than|deadline|before|until)\b", re.IGNORECASE)
_KINDS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(rf"\b(?:{words})\b", re.IGNORECASE))
    for kind, words in (
        ("determined", "payment determination|written decision|has (?:made|issued) (?:a|its) determination"),
        ("closed", "not eligible|ineligible|dispute (?:has been |was |is )?closed|incorrectly batched|withdrawn"),
        (
            "information_asked",
            "additional information (?:is )?(?:requested|required|needed)|request for additional information",
        ),
        ("entity_conflict", "conflict of interest"),
        ("entity_objected", "objects? to|alternative certified idr entity"),
        ("invoiced", "invoice"),
        (
            "selected",
            "certified idr entity (?:has been |was |is )?(?:selected|assigned|final)|submit (?:your|an?) offer|"
            "notice of offer",
        ),
    )
)


@dataclass(frozen=True)
class Message:
    """What one e-mail tells: the file, the day it was sent, from which domain, and what was found in it.

    `what` is empty where it tells nothing that is known, or several things (`kinds`); `amounts` are dollars, `due` the
    days that stand behind a word such as "by", `days` all of them, `told` those past days that its sentence about what
    happened names.
    """

    file: str
    sent_on: date | None
    sender: str
    disputes: tuple[str, ...]
    kinds: tuple[str, ...]
    days: tuple[date, ...]
    due: tuple[date, ...]
    amounts: tuple[Decimal, ...]
    told: tuple[date, ...] = ()

    @property
    def on(self) -> date | None:
        """The day of what happened: as it is told, else the day of the message where it names no other past day.

        A message often comes later than what it tells, and our days run from the latter: where it may be one of several
        days, a person says which.
        """
        if self.told:
            return self.told[0] if len(self.told) == 1 else None
        return None if self._past else self.sent_on

    @property
    def _past(self) -> tuple[date, ...]:
        """The days it names that have come when it is sent, but for that day."""
        sent = self.sent_on
        return tuple(day for day in self.days if day not in self.due and (sent is None or day < sent))

    @property
    def what(self) -> str:
        """The one thing that it tells; empty where that is not clear."""
        return self.kinds[0] if len(self.kinds) == 1 and len(self.disputes) == 1 else ""

    @property
    def doubt(self) -> str:
        """Why nothing is proposed from it, or what of the proposal a person completes; empty where nothing."""
        if not self.disputes:
            return "no dispute number"
        if len(self.disputes) > 1:
            return f"{len(self.disputes)} dispute numbers"
        if not self.kinds:
            return "tells nothing that is known"
        (kind, *others) = self.kinds
        if others:
            return f"tells several things: {', '.join(self.kinds)}"
        lacking = {
            "determined": "complete: who prevailed, and the award", "closed": "complete: the outcome",
            "invoiced": "complete: the invoice's number" if len(self.amounts) == 1 else "complete: amount and number",
            "entity_objected": "complete: the alternative", "information_asked": "complete: a name for the request",
        }  # fmt: skip
        words = [lacking.get(kind, ""), "" if self.on else "complete: the day, since it names several or another"]
        return "; ".join(word for word in words if word)

    def row(self, entities: Sequence[str] = ()) -> dict[str, str]:
        """A row for `recoup idr record`, with the columns that the message fills; empty where nothing is proposed.

        `entities` are the domains of IDR entities. Who is neither they nor CMS is taken for the payer, whose word alone
        ends nothing.
        """
        if not self.what:
            return {}
        fields = {
            "what": self.what,
            "on": self.on.isoformat() if self.on else "",
            "dispute": self.disputes[0],
        }
        fields["reported_by"] = (
            "portal" if _of(self.sender, _CMS) else "entity" if _of(self.sender, entities) else "payer"
        )
        if self.what == "information_asked" and len(set(self.due)) == 1:
            fields["due_on"] = self.due[0].isoformat()
        if self.what in ("determined", "invoiced") and len(set(self.amounts)) == 1:
            fields["amount"] = f"{self.amounts[0]:.2f}"
        return fields


def _of(domain: str, others: Sequence[str]) -> bool:
    return any(domain == other or domain.endswith(f".{other}") for other in others)


class _Text(HTMLParser):
    """The words of an HTML body, without scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style")
        self.found.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style")
        self.found.append(" ")

    def handle_data(self, data: str) -> None:
        if self._hidden <= 0:
            self.found.append(data)


def read_messages(paths: Sequence[Path]) -> list[Message]:
    """Every message of the files and of the `.eml` files of folders; raises `ValueError` for one that is none."""
    return [read_message(path.name, _content(path)) for path in _files(paths)]


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(path.glob("*.eml")) if path.is_dir() else (path,)


def _content(path: Path) -> bytes:
    if path.stat().st_size > LARGEST:
        raise ValueError(
            f"{path.name}: larger than {LARGEST // 1024 // 1024} MiB; save the message without attachments"
        )
    return path.read_bytes()


def read_message(name: str, content: bytes) -> Message:
    """One e-mail (RFC 5322). Quoted replies and headers other than date, sender and subject are not read."""
    message = BytesParser(policy=policy.default).parsebytes(content)
    if not message.keys() or "from" not in message:
        raise ValueError(f"{name}: no e-mail; save the message as .eml and give that file")
    text = f"{message.get('subject', '')}\n{_body(message)}"
    sent_on = _sent_on(message)
    numbers = dict.fromkeys(n.upper() for n in (*_NUMBER.findall(text), *_NUMBERED.findall(text)))
    return Message(
        file=name,
        sent_on=sent_on,
        sender=parseaddr(str(message.get("from", "")))[1].rpartition("@")[2].lower(),
        disputes=tuple(numbers),
        kinds=tuple(kind for kind, pattern in _KINDS if pattern.search(text)),
        days=tuple(dict.fromkeys(day for day, _ in _days(text))),
        due=tuple(dict.fromkeys(day for day, is_due in _days(text) if is_due)),
        amounts=tuple(dict.fromkeys(Decimal(found.replace(",", "")) for found in _AMOUNT.findall(text))),
        told=_told(text, sent_on),
    )


def _told(text: str, sent_on: date | None) -> tuple[date, ...]:
    """The days, none after the message, that stand in a sentence which says what happened."""
    found: dict[date, None] = {}
    for sentence in _SENTENCE.split(text):
        if any(pattern.search(sentence) for _, pattern in _KINDS):
            for day, is_due in _days(sentence):
                if not is_due and (sent_on is None or day <= sent_on):
                    found[day] = None
    return tuple(found)


def _body(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    try:
        text = str(part.get_content())
    except (LookupError, UnicodeDecodeError):
        return ""
    if part.get_content_type() == "text/html":
        parser = _Text()
        parser.feed(text)
        text = "".join(parser.found)
    kept = [line for line in text.splitlines() if not line.lstrip().startswith(">")]
    return re.sub(r"[ \t\u00a0]+", " ", "\n".join(kept))


def _sent_on(message: EmailMessage) -> date | None:
    """The day in the sender's own time zone: portal and entities send on Eastern time."""
    try:
        sent: datetime = parsedate_to_datetime(str(message.get("date", "")))
    except (TypeError, ValueError):
        return None
    return sent.date()


def _days(text: str) -> Iterator[tuple[date, bool]]:
    """The days of a text, each with whether a word such as "by" stands shortly before it."""
    for pattern in _DAYS:
        for match in pattern.finditer(text):
            named = match.groupdict()
            month = _MONTHS.index(named["w"].lower()) + 1 if named.get("w") else int(named["m"])
            try:
                day = date(int(named["y"]), month, int(named["d"]))
            except ValueError:
                continue
            yield day, bool(_DUE.search(text[max(match.start() - 40, 0) : match.start()]))
