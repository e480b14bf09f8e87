"""What the Departments publish of federal IDR, as decisions read it: chances, and the offers that were chosen.

`recoup idr fit` writes it (docs/odds.md); it is one file, read with msgspec alone, and its version stands in every
value that rests on it.
"""

from __future__ import annotations

import math
import re
from typing import Literal

import msgspec

from services.settlement.domain.cpt_services import AIR, service_of
from services.settlement.domain.win_model import Case, Kind, WinModel, logit, sigmoid

_Z90 = 1.6448536269514722


class RecordUnreadable(ValueError):
    """A public record that must not be used."""


class Winning(msgspec.Struct, frozen=True, array_like=True):
    """Providers' offers that were chosen for the codes from `first` to `last`, as multiples of the QPA.

    `low` and `high` are the 5th and 75th percentile, None where only the median is published (CMS's Table 14).
    `count`: determinations, or lines where the record has lines.
    """

    first: str
    last: str
    count: int
    median: float
    low: float | None = None
    high: float | None = None

    def has(self, code: str) -> bool:
        """True if it is about this code."""
        return len(code) == len(self.first) and self.first <= code <= self.last

    @property
    def width(self) -> int:
        """How many codes it spans, to find the narrowest."""
        return int(self.last[1:]) - int(self.first[1:])


class Chance(msgspec.Struct, frozen=True):
    """A chance as the record tells it, in log odds, with its standard deviation, and how many lines say so."""

    at: float
    spread: float
    why: tuple[str, ...]

    @property
    def mean(self) -> float:
        """The chance."""
        return sigmoid(self.at)

    @property
    def strength(self) -> float:
        """How many cases of our own weigh as much: those whose share would be known as closely."""
        p = self.mean
        return 1 / (self.spread**2 * p * (1 - p))

    def moved_to(self, mean: float) -> Chance:
        """The same spread about another chance: what our own results made of it."""
        return Chance(math.log(mean / (1 - mean)), self.spread, self.why)

    def at_quantile(self, z: float) -> float:
        """The log odds that are undercut as seldom as `z` standard deviations say."""
        return self.at - z * self.spread


class PublicRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One version of the record.

    `models` tell chances by kind (air ambulance, all other services). `winning` are the cells of winning offers.
    `payer_offer` is the median of the answering parties' offers by kind, as a multiple of the QPA. `response`: by how
    many logits a chance is taken to fall where our offer is e times a usual one: as at the tenth of payers where it
    fell most. `payers` are patterns of answering parties' names with whom they stand for.
    """

    version: str
    models: dict[Kind, WinModel]
    winning: tuple[Winning, ...]
    payer_offer: dict[Kind, float]
    response: float
    payers: tuple[tuple[str, str], ...] = ()

    def payer_named(self, name: str) -> str:
        """The answering party as the record calls it; empty where it has none of that name."""
        plain = re.sub(r"[^a-z0-9]+", " ", name.lower()).strip()
        return next((payer for pattern, payer in self.payers if plain and re.search(pattern, plain)), "")

    def chance(self, *, code: str, payer_name: str, state: str) -> Chance:
        """The chance that a provider's usual offer is chosen."""
        kind = kind_of(code)
        case = Case(kind=kind, service=service_of(code), payer=self.payer_named(payer_name), state=state, code=code)
        found = self.models[kind].of(case)
        spread = (logit(found.high) - logit(found.low)) / (2 * _Z90)
        return Chance(math.log(found.chance / (1 - found.chance)), spread, tuple(r.sentence for r in found.reasons[:3]))

    def winning_of(self, code: str) -> Winning | None:
        """The narrowest cell of winning offers that has the code."""
        return min((cell for cell in self.winning if cell.has(code)), key=lambda cell: cell.width, default=None)


def kind_of(code: str) -> Kind:
    """Whether a code is an air ambulance's, whose record is by itself."""
    return "air" if code in AIR else "medical"


def parse_public_record(data: bytes) -> PublicRecord:
    """Read a record; `RecordUnreadable` says what is wrong."""
    try:
        record = msgspec.json.decode(data, type=PublicRecord)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RecordUnreadable(f"the public record of IDR: {error}") from None
    kinds: tuple[Literal["air", "medical"], ...] = ("air", "medical")
    missing = [kind for kind in kinds if kind not in record.models or kind not in record.payer_offer]
    if missing:
        raise RecordUnreadable(f"the public record of IDR has nothing of {', '.join(missing)}; write it anew")
    if record.response < 0 or any(cell.median <= 0 or cell.count < 0 for cell in record.winning):
        raise RecordUnreadable("the public record of IDR has a negative figure; write it anew")
    return record
