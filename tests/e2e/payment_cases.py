"""What is right of the payment cases that are published beside the project, claim by claim."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.e2e.conftest import ROOT

CASES = ROOT.parent / "shared" / "cases" / "835"


@dataclass(frozen=True)
class Right:
    """What is right of a case's claim once all its files are in; dollars as text.

    `outcomes` count the claim payments of each file by what became of them, `held` the words in the reasons of what is
    on the worklist, `denied` the lines that are pursued as denied. `verdict` "" is none: nothing was judged.
    `found`: the 999 tells faults of what was posted all the same. `recouped` count, for each file that has any, what
    became of the money taken back by PLB.
    """

    claim: str
    outcomes: tuple[dict[str, int], ...]
    paid: str
    verdict: str
    allowed: str = ""
    share: str = ""
    others: str = "0"
    held: tuple[str, ...] = ()
    denied: tuple[int, ...] = ()
    found: bool = False
    recouped: tuple[dict[str, int], ...] = ()


ONE = ({"matched": 1},)
THEN_HELD = ({"matched": 1}, {"held": 1})
HELD = ({"held": 1},)
NOTHING: dict[str, Any] = {"paid": "0", "verdict": ""}
POSTED: dict[str, Any] = {"paid": "185.60", "verdict": "underpaid", "allowed": "232", "share": "46.40"}
"""99285: $1,050, of them $220 allowed and $176 paid; 93010: $60, $12 and $9.60."""
UNJUDGED: dict[str, Any] = {"verdict": "unjudged"}

DEDUCTIBLE: dict[str, Any] = {"paid": "0", "verdict": "paid_fairly", "allowed": "232", "share": "232"}
REFUSED: dict[str, Any] = {"paid": "0", "verdict": "denied", "allowed": "0", "share": "0"}
TAKEN: dict[str, Any] = POSTED | {"paid": "0"}
"""Taken back whole, and nothing said instead: nothing is concluded from the gap yet."""
SEQUESTERED: dict[str, Any] = POSTED | {"paid": "181.89"}
"""2 % of $185.60."""
FOUND: tuple[dict[str, int], ...] = ({"matched": 1},)
LEFT: tuple[dict[str, int], ...] = ({"unmatched": 1},)
STRANGER: tuple[dict[str, int], ...] = ({"waiting": 1},)
"""The payment of another claim, out of which money is withheld."""

_PLAIN = """
EDS01A001 EDS05A005 EDS07A007 EDS08eA012 EDS14A019 EDS21A028 EDS24A031 EDS28A036 EDS30bA039 EDS36A045
EDS37A046 EDS39A048 EDS41A050 EDS42A051 EDS43A052 EDS44A053 EDS45A054 EDS46A055 EDS49A058 EET02B102 EET06B106
EET17B117 EET18B118 EET20B120 EET22B122 EET24B124 EET26B126 EET31B131 EET33B133 EET34B134 EET35B135 EET36B136
EFU10C212 EGW04D304 EGW05D305 EHX04D404 EIY02D502
"""
_FOUND = """
EDS06A006 EDS22A029 EDS32A041 EET01B101 EET03B103 EET04B104 EET23B123 EET25B125 EET27B127
"""
"""Claims whose one payment is posted as it is; of the second the 999 tells faults that leave it certain."""


def _case(claim: str) -> str:
    """The case that a claim is named after: EDS08eA012 is of S08e."""
    found = re.fullmatch(r"E[A-Z]([A-Z]\d\d[a-z]?)[A-Z]\d{3}", claim)
    assert found is not None
    return found[1]


PUBLISHED = {
    "S02": Right("EDS02A002", HELD, held=("its charge less its adjustments",), found=True, **NOTHING),
    "S04": Right("EDS04A004", ONE, found=True, **POSTED),
    "S25": Right("EDS25A033", ONE, found=True, **POSTED),
    "S26": Right("EDS26A034", ONE, held=("not the sum",), found=True, **POSTED),
    "S27": Right("EDS27A035", ONE, found=True, **POSTED),
    "S29": Right("EDS29A037", ONE, found=True, **POSTED),
    "S30": Right("EDS30A038", ONE, found=True, **POSTED),
    "U03": Right("EFU03bC204", ({"matched": 1, "held": 1},), held=("its charge less",), found=True, **POSTED),
    "U08": Right("EFU08C210", ONE, held=("not the sum",), found=True, **POSTED),
    "S08d": Right("EDS08dA011", HELD, held=("predetermination",), **NOTHING),
    "S54": Right("EDS54A065", THEN_HELD, held=("duplicate",), **POSTED),
    "S56": Right("EDS56A067", THEN_HELD, held=("positive amounts",), **POSTED),
    "T07": Right("EET07B107", HELD, held=("predetermination",), **NOTHING),
    "T12": Right(
        "EET12B112", ({"matched": 1}, {"matched": 2}), "105", "underpaid", "151.40", "46.40"
    ),  # $80.60 less for the visit
    "U01": Right("EFU01C201", (*THEN_HELD, {"held": 1}), held=("duplicate", "duplicate"), **POSTED),
    "U06": Right("EFU06C208", THEN_HELD, held=("without its reversal",), **POSTED),
    "W02": Right("EGW02D302", (*ONE, *ONE), others="300", **POSTED),
    "S11": Right("EDS11A016", ({"matched": 2},), **POSTED),
    "S12": Right("EDS12A017", (*ONE, *ONE), **POSTED),
    "W07": Right("EGW07D307", ONE, **(POSTED | UNJUDGED)),
    "X01": Right("EHX01D401", (*ONE, *ONE), "60", "denied", "60", "0", denied=(1,)),
    "X02": Right("EHX02D402", (*ONE, *ONE), "60", "denied", "60", "0", denied=(1,)),
    "S08a": Right("EDS08aA008", HELD, held=("not a claim status code",), found=True, **NOTHING),
    "S08c": Right("EDS08cA010", HELD, held=("not a claim status code",), found=True, **NOTHING),
    "S09": Right("EDS09A013", ONE, **DEDUCTIBLE),
    "S09b": Right("EDS09bA014", ONE, **DEDUCTIBLE),
    "S10": Right("EDS10A015", ONE, denied=(1, 2), **REFUSED),
    "S14b": Right("EDS14bA020", ONE, held=("interest",), found=True, **POSTED),
    "S15": Right("EDS15A021", ONE, **SEQUESTERED),
    "S16": Right("EDS16A022", ONE, recouped=LEFT, **POSTED),
    "S16b": Right("EDS16bA023", ONE, recouped=LEFT, **POSTED),
    "S17": Right("000012345017", ONE, **POSTED),
    "S18": Right("EDTRUNC0018ABCDEFGH9", ONE, **POSTED),
    "S19": Right("EDLOWER0019X", ONE, **POSTED),
    "S48": Right("EDS48A057", ONE, **(POSTED | UNJUDGED)),
    "S50": Right("EDS50A059", ({"ambiguous": 1},), **NOTHING),
    "S52": Right("EDS52A063", ({"matched": 1, "waiting": 1},), **POSTED),
    "S53": Right("EDS53A064", (*ONE, {"duplicate": 1}), **POSTED),
    "S57": Right("EDS57A068", (*ONE, *ONE), **TAKEN),
    "T08": Right("EET08B108", ONE, "0", "", "0", "0"),
    "T09": Right("EET09B109", ONE, denied=(1, 2), **REFUSED),
    "T10": Right("EET10B110", (*ONE, {"duplicate": 1}), **POSTED),
    "T14": Right("EET14B114", (*ONE, *ONE, *STRANGER), recouped=(*FOUND, *FOUND), **TAKEN),
    "T15": Right("EET15B115", (*ONE, *STRANGER), recouped=FOUND, **TAKEN),
    "T16": Right("EET16B116", (*ONE, *STRANGER), recouped=FOUND, **TAKEN),
    "T19": Right("EET19B119", ONE, "176", "underpaid", "220", "44"),
    "T29": Right("EET29B129", HELD, held=("debited",), **NOTHING),
    "T32": Right("EET32B132", ONE, "0.50", "underpaid", "46.90", "46.40"),
    "U04": Right("EFU04C205", ({"ambiguous": 1},), **NOTHING),
    "U05": Right("EFU05C207", (*ONE, {"matched": 1, "ambiguous": 1}), **TAKEN),
    "W03": Right("EGW03D303", ONE, "194.60", "underpaid", "241", "46.40"),  # $9 more as an incentive
    "Y01": Right("EIY01D501", (*ONE, *STRANGER), recouped=FOUND, **TAKEN),
    "Y03": Right("EIY03D503", ONE, recouped=LEFT, **POSTED),
} | {_case(claim): Right(claim, ONE, found=claim in _FOUND, **POSTED) for claim in (_PLAIN + _FOUND).split()}

HELD_MONEY: dict[str, tuple[tuple[str, str], ...]] = {
    "S02": (("EDS02A002", "185.60"),),
    "S08a": (("EDS08aA008", "185.60"),),
    "S08c": (("EDS08cA010", "185.60"),),
    "S14b": (("", "4.20"),),
    "S26": (("", "-1.00"),),
    "S54": (("EDS54A065", "185.60"),),
    "S56": (("EDS56A067", "185.60"),),
    "T29": (("EET29B129", "185.60"),),
    "U01": (("EFU01C201", "185.60"), ("EFU01C201", "185.60")),
    "U03": (("EFU03C203", "185.60"),),
    "U06": (("EFU06C208", "573.60"),),
    "U08": (("", "4.20"),),
}
"""Claim number and dollars of each thing that is held: CLP01 and CLP04, or BPR02 less the sum of CLP04."""
OFFERED = {"S50": {"EDS50A059"}, "U04": {"EFU04C205", "EFU04bC206"}}
"""The claims that a person is offered for a payment: by patient and day, and by number too."""
NOT_JUDGED_BY_US = {"S48": "EDS48A057", "W07": "EGW07D307"}
"""Claims that a person has to judge: no line says what was allowed for it."""
