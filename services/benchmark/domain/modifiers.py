"""What a line's own modifiers do to its fee schedule amount.

Medicare Claims Processing Manual, ch. 12: § 20.4 and 40.2 (global package split 54/55/56, return to the operating room
78), § 40.7 (bilateral), § 40.8 (co-surgeons and teams, 42 CFR 414.40(b)), § 20.4.3 (assistants at surgery, 42 CFR
414.40, 410.75: 16 % and 85 % of it); 42 CFR 410.60 (therapy assistants, 85 %).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

import msgspec

from services.benchmark.domain.fee_schedule import RelativeValues

COMPONENTS = ("26", "TC", "53")
ONE = Decimal(1)
_BILATERAL = Decimal("1.5")
_BOTH_SIDES = Decimal(2)
_ASSISTANT = Decimal("0.16")
_ASSISTANT_NON_PHYSICIAN = Decimal("0.136")
_CO_SURGEON = Decimal("0.625")
_THERAPY_ASSISTANT = Decimal("0.85")
_THERAPY_ASSISTANT_FROM = date(2022, 1, 1)
"""Social Security Act 1834(v)(1); the modifiers themselves were asked for two years before."""
_FILM, _SCANNER = Decimal("0.20"), Decimal("0.15")
_CASSETTE, _CASSETTE_BEFORE, _CASSETTE_FROM = Decimal("0.10"), Decimal("0.07"), date(2023, 1, 1)
_GLOBAL = ("010", "090")
_ASSISTANTS = frozenset({"80", "81", "82"})
_OLD_EQUIPMENT = frozenset({"FX", "FY", "CT"})
_SCANS = (
    ("70450", "70498"),
    ("71250", "71275"),
    ("72125", "72133"),
    ("72191", "72194"),
    ("73200", "73206"),
    ("73700", "73706"),
    ("74150", "74178"),
    ("74261", "74263"),
    ("75571", "75574"),
)
"""Computed tomography, as CMS lists it for modifier CT (Change Request 9250, transmittal 3402)."""
_MAGNETIC = (
    ("70336", "70336"),
    ("70540", "70559"),
    ("71550", "71555"),
    ("72141", "72159"),
    ("72195", "72198"),
    ("73218", "73225"),
    ("73718", "73725"),
    ("74181", "74185"),
    ("74712", "74713"),
    ("75557", "75565"),
    ("76376", "76391"),
)
_RADIOLOGY = (("70010", "76499"), ("77053", "77086"))
"""Diagnostic radiology with mammography and studies of bones and joints; what of it is no X-ray stands above."""
_BY_REPORT = {
    "22": "modifier 22 (unusual work) is priced by report: the amount is without the extra work",
    "52": "modifier 52 (reduced service) is priced by report: the amount is of the full service",
    "53": "modifier 53 (discontinued) is priced by report here: the amount is of the full service",
}


def percent(share: Decimal) -> str:
    """A share in words: 13.6 for 0.136."""
    return f"{(share * 100).normalize():f}"


class Effect(msgspec.Struct, frozen=True, gc=False):
    """What modifiers multiply an amount by, with the reasons in words.

    `caution` where CMS fixes no figure; `refusal` where Medicare pays nothing for the line as billed.
    """

    factor: Decimal = ONE
    notes: tuple[str, ...] = ()
    caution: str = ""
    refusal: str = ""


_NO_EFFECT = Effect()
_WITH_EFFECT = frozenset({"50", "54", "55", "56", "78", "62", "66", "AS", "CQ", "CO", *_ASSISTANTS, *_BY_REPORT})
"""All that `effect_of` and its rules look for; most lines have none of it."""


def component_of(modifiers: Sequence[str]) -> str:
    """The modifier that selects another row of the schedule, or an empty string."""
    for modifier in modifiers:
        if modifier in COMPONENTS:
            return modifier
    return ""


def effect_of(values: RelativeValues, modifiers: Sequence[str], day: date) -> Effect:
    """The joint effect of a line's modifiers on the amount of its row, on the day of its service.

    Where Medicare refuses the line as billed, the factor and notes are of those who do pay for it.
    """
    if _WITH_EFFECT.isdisjoint(modifiers):
        return _NO_EFFECT
    factor, refusal = ONE, ""
    notes: list[str] = []
    cautions: list[str] = []
    for rule in (_bilateral, _package, _surgeons, _team, _assistants, _therapy):
        one = None if rule is _therapy and day < _THERAPY_ASSISTANT_FROM else rule(values, modifiers)
        if one is None:
            continue
        refusal = refusal or one.refusal
        factor *= one.factor
        notes += one.notes
        cautions += [one.caution] if one.caution else []
    cautions += [text for m, text in _BY_REPORT.items() if m in modifiers and not (m == "53" == values.modifier)]
    return Effect(factor, tuple(notes), "; ".join(cautions), refusal)


def assistants_part(values: RelativeValues, modifiers: Sequence[str], day: date) -> Decimal:
    """The share of a therapy's amount that is paid where an assistant furnished it; 1 where none did."""
    if day < _THERAPY_ASSISTANT_FROM or _therapy(values, modifiers) is None:
        return ONE
    return _THERAPY_ASSISTANT


def usual_effect(modifiers: Sequence[str]) -> Effect | None:
    """What modifiers usually multiply a rate by where the fee schedule knows no row for the code.

    None where that hangs on the code (how a global package is split).
    """
    if not {"54", "55", "56", "78"}.isdisjoint(modifiers):
        return None
    factor, notes = ONE, list[str]()
    if "50" in modifiers:
        factor, notes = _BILATERAL, ["bilateral procedure at 150 %"]
    if "62" in modifiers:
        factor, notes = factor * _CO_SURGEON, [*notes, "co-surgeon at 62.5 %"]
    share = assistant_share(modifiers)
    if share is not None:
        factor, notes = factor * share, [*notes, f"assistant at surgery at {percent(share)} %"]
    refusal = "; ".join(text for m, text in _BY_REPORT.items() if m in modifiers)
    return Effect(factor, tuple(notes), refusal)


def assistant_share(modifiers: Sequence[str]) -> Decimal | None:
    """The share of an assistant at surgery; None for everybody else."""
    if "AS" in modifiers:
        return _ASSISTANT_NON_PHYSICIAN
    return None if _ASSISTANTS.isdisjoint(modifiers) else _ASSISTANT


def cuts_technical(modifiers: Sequence[str]) -> bool:
    """Return True if a modifier tells of old equipment."""
    return not _OLD_EQUIPMENT.isdisjoint(modifiers)


def technical_cut(code: str, modifiers: Sequence[str], day: date) -> tuple[Decimal, str]:
    """Which share of the technical part Medicare takes off for old equipment, and a note.

    Of X-rays on film (FX) 20 %, on cassettes (FY) 7 % and from 2023 10 %, of computed tomography by a scanner below its
    standard (CT) 15 % (Social Security Act 1848(b)(9), 1834(p)), and of nothing else; of a hospital's outpatient rate,
    which is technical, the same shares.
    """
    if not cuts_technical(modifiers):
        return Decimal(0), ""
    scan = _lies_in(code, _SCANS)
    x_ray = not scan and _lies_in(code, _RADIOLOGY) and not _lies_in(code, _MAGNETIC)
    if "FX" in modifiers and x_ray:
        return _FILM, "X-ray on film (FX): technical part less 20 %"
    if "FY" in modifiers and x_ray:
        share = _CASSETTE if day >= _CASSETTE_FROM else _CASSETTE_BEFORE
        return share, f"computed radiography (FY): technical part less {percent(share)} %"
    if "CT" in modifiers and scan:
        return _SCANNER, "scanner below the standard of its makers (CT): technical part less 15 %"
    modifier = next(one for one in ("FX", "FY", "CT") if one in modifiers)
    imaging = "CT scan" if modifier == "CT" else "X-ray"
    return Decimal(0), f"modifier {modifier} takes nothing off: the code is no {imaging}"


def _lies_in(code: str, ranges: Sequence[tuple[str, str]]) -> bool:
    return len(code) == len(ranges[0][0]) and code.isdigit() and any(first <= code <= last for first, last in ranges)


def _bilateral(values: RelativeValues, modifiers: Sequence[str]) -> Effect | None:
    if "50" not in modifiers:
        return None
    if values.bilateral == "1":
        return Effect(_BILATERAL, ("bilateral procedure at 150 %",))
    if values.bilateral == "3":
        return Effect(_BOTH_SIDES, ("both sides, each in full",))
    note = "the row's values are of both sides already" if values.bilateral == "2" else "the 150 % rule does not apply"
    return Effect(ONE, (f"bilateral: {note}",))


def _package(values: RelativeValues, modifiers: Sequence[str]) -> Effect | None:
    asked = [m for m in ("54", "55", "56", "78") if m in modifiers]
    if not asked:
        return None
    if values.global_days not in _GLOBAL or not values.intra:
        return Effect(ONE, caution=f"modifier {asked[0]} splits a global package that this code does not have")
    parts = {"54": values.pre + values.intra, "55": values.post, "56": values.pre, "78": values.intra}
    if "54" in asked and "56" in asked:
        asked.remove("56")  # 54 holds the preoperative part
    share = min(sum((parts[m] for m in asked), Decimal(0)), ONE)
    return Effect(share, (f"{percent(share)} % of the global package (modifier {', '.join(asked)})",))


def _surgeons(values: RelativeValues, modifiers: Sequence[str]) -> Effect | None:
    if "62" not in modifiers:
        return None
    if values.co_surgeon not in ("1", "2"):
        refusal = f"{values.row}: Medicare pays no co-surgeons (indicator {values.co_surgeon})"
        return Effect(_CO_SURGEON, ("co-surgeon at 62.5 %",), refusal=refusal)
    caution = "co-surgeons are paid with documentation only" if values.co_surgeon == "1" else ""
    return Effect(_CO_SURGEON, ("co-surgeon at 62.5 %",), caution)


def _team(values: RelativeValues, modifiers: Sequence[str]) -> Effect | None:
    """Indicator 0 permits no team, 1 one with documentation; every team is paid by report."""
    if "66" not in modifiers:
        return None
    refusal = "" if values.team in ("1", "2") else f"{values.row}: Medicare pays no team surgery ({values.team})"
    by_report = "team surgery is priced by report: the amount is of a single surgeon"
    return Effect(caution=by_report, refusal=refusal)


def _assistants(values: RelativeValues, modifiers: Sequence[str]) -> Effect | None:
    share = assistant_share(modifiers)
    if share is None:
        return None
    refused = values.assistant in ("1", "9")
    refusal = f"{values.row}: Medicare pays no assistant (indicator {values.assistant})" if refused else ""
    caution = "an assistant is paid with documentation only" if values.assistant == "0" else ""
    who = "non-physician assistant" if share == _ASSISTANT_NON_PHYSICIAN else "assistant"
    return Effect(share, (f"{who} at surgery at {percent(share)} %",), caution, refusal)


def _therapy(values: RelativeValues, modifiers: Sequence[str]) -> Effect | None:
    if values.multiple != "5" or not {"CQ", "CO"} & set(modifiers):
        return None
    return Effect(_THERAPY_ASSISTANT, ("furnished by a therapy assistant, at 85 %",))
