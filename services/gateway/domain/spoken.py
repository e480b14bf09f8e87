"""What a person may mean by what they type into the search: an id, a day, an amount, a code, a number or a name."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

_ID_PREFIX = re.compile(r"[0-9a-f]{6,31}")
_US_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})")
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_AMOUNT = re.compile(r"\$?\s*(\d{1,3}(?:,\d{3})+|\d{1,9})(\.\d{2})?")
_CODE = re.compile(r"([0-9]{4}[0-9A-Z]|[A-Z][0-9]{4})(?:[- ][0-9A-Z]{2})*")


class Spoken(msgspec.Struct, frozen=True):
    """All that a text may mean. `ids` are the first and last claim id that begin so; `number` is any number or name.

    `begins` is the text as the beginning of an id, in hexadecimal digits.
    """

    number: str
    ids: tuple[str, str] | None = None
    begins: str = ""
    day: date | None = None
    amount: Decimal | None = None
    code: str = ""
    name: str = ""

    @property
    def read_as(self) -> tuple[str, ...]:
        """What it was read as, in words."""
        found = [
            "account number, payer's claim number or id, or check or EFT number",
            *(["claim id, or reference on a letter"] if self.ids else []),
            *(["day of service, or last day"] if self.day else []),
            *(["amount"] if self.amount is not None else []),
            *(["procedure code"] if self.code else []),
            *(["payer's name"] if self.name else []),
        ]
        return tuple(found)


def spoken(text: str) -> Spoken:
    """Read a text; any text is a number at least, and any with a letter a name too."""
    said = text.strip()
    digits = said.replace("-", "").lower()
    prefix = digits if _ID_PREFIX.fullmatch(digits) or len(digits) == 32 else ""
    return Spoken(
        number=said,
        ids=_ids(prefix),
        begins=prefix,
        day=_day(said),
        amount=_amount(said),
        code=found.group(1) if (found := _CODE.fullmatch(said.upper())) else "",
        name=said if len(said) > 1 and any(c.isalpha() for c in said) else "",
    )


def _ids(prefix: str) -> tuple[str, str] | None:
    """The range of ids that begin with hexadecimal digits."""
    try:
        return (str(UUID(prefix.ljust(32, "0"))), str(UUID(prefix.ljust(32, "f")))) if prefix else None
    except ValueError:
        return None


def _day(said: str) -> date | None:
    iso, us = _ISO_DAY.fullmatch(said), _US_DAY.fullmatch(said)
    if iso:
        year, month, day = (int(part) for part in iso.groups())
    elif us:
        month, day, year = (int(part) for part in us.groups())
        year += 2000 if year < 100 else 0
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _amount(said: str) -> Decimal | None:
    """Dollars: with a dollar sign, a comma or cents; a bare number is rather some other number."""
    found = _AMOUNT.fullmatch(said)
    if found is None or not ("$" in said or "," in said or found.group(2)):
        return None
    return Decimal(found.group(1).replace(",", "") + (found.group(2) or ""))
