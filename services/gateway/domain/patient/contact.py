"""What a reader of a patient's letter can tap: telephone numbers and addresses, where they stand in its text."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

HELP_DESK = "1-800-985-3059"
"""The federal No Surprises Help Desk."""
CMS_PAGE = "www.cms.gov/nosurprises/consumers"


class Target(msgspec.Struct, frozen=True):
    """A text of the letter, and where it leads: a `tel:` or `https:` URI."""

    text: str
    href: str


def dial(phone: str) -> str:
    """The `tel:` URI of a telephone number of the United States or with a country code (RFC 3966); else empty.

    `(713) 555-0142 ext. 12` is `tel:+17135550142;ext=12`. What is no whole number is not guessed.
    """
    main, *rest = re.split(r"(?i)\s*(?:ext\.?|x)\s*", phone, maxsplit=1)
    digits, extension = re.sub(r"\D", "", main), re.sub(r"\D", "", rest[0]) if rest else ""
    if not main.lstrip().startswith("+"):
        digits = f"1{digits}" if len(digits) == 10 else digits
        if len(digits) != 11 or not digits.startswith("1"):
            return ""
    elif not 7 <= len(digits) <= 15:  # E.164
        return ""
    return f"tel:+{digits}" + (f";ext={extension}" if extension else "")


def targets(phone: str) -> tuple[Target, ...]:
    """What can be tapped in a letter whose sender has this telephone number."""
    own = (Target(phone, dial(phone)),) if phone and dial(phone) else ()
    return (*own, Target(HELP_DESK, dial(HELP_DESK)), Target(CMS_PAGE, f"https://{CMS_PAGE}"))


def parts(text: str, found: Sequence[Target]) -> list[Target]:
    """The text in its order, cut where a target stands; what leads nowhere has no `href`."""
    addresses = {target.text: target.href for target in found}
    if not addresses:
        return [Target(text, "")]
    cut = re.split("|".join(f"({re.escape(one)})" for one in addresses), text)
    return [Target(piece, addresses.get(piece, "")) for piece in cut if piece]
