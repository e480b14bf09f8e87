"""What a line's own modifiers do to its fee schedule amount.

Medicare Claims Processing Manual, ch. 12: § 20.4 and 40.2 (global package split 54/55/56, return to the operating room
78), § 40.7 (bilateral), § 40.8 (co-surgeons and teams, 42 CFR 414.40(b)), § 20.4.3 (assistants at surgery, 42 CFR
414.40, 410.75: 16 % and 85 % of it); 42 CFR 410.60 (therapy assistants, 85 %).
"""

from __future__ import annotations

from collections.abc import Sequence
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
_GLOBAL = ("010", "090")
_BY_REPORT = {
    "22": "modifier 22 (unusual work) is priced by report: the amount is without the extra work",
    "52": "modifier 52 (reduced service) is priced by report: the amount is of the full service",
    "53": "modifier 53 (discontinued) is priced by report here: the amount is of the full service",
    "66": "team surgery is priced by report: the amount is of a single surgeon",
}


class Effect(msgspec.Struct, frozen=True):
    """What modifiers multiply an amount by, with the reasons in words; `caution` where CMS fixes no figure;
    `refusal` where Medicare pays nothing for the line as billed."""

    factor: Decimal = ONE
    notes: tuple[str, ...] = ()
    caution: str = ""
    refusal: str = ""


def component_of(modifiers: Sequence[str]) -> str:
    """The modifier that selects another row of the schedule, or an empty string."""
    return next((modifier for modifier in modifiers if modifier in COMPONENTS), "")


def effect_of(values: RelativeValues, modifiers: Sequence[str]) -> Effect:
    """The joint effect of a line's modifiers on the amount of its row."""
    factor, notes, cautions = ONE, list[str](), list[str]()
    for rule in (_bilateral, _package, _surgeons, _assistants, _therapy):
        one = rule(values, modifiers)
        if one is None:
            continue
        if one.refusal:
            return one
        factor *= one.factor
        notes += one.notes
        cautions += [one.caution] if one.caution else []
    cautions += [text for m, text in _BY_REPORT.items() if m in modifiers and not (m == "53" == values.modifier)]
    return Effect(factor, tuple(notes), "; ".join(cautions))


def _bilateral(values: RelativeValues, modifiers: Sequence[str]) -> Effect | None:
    if "50" not in modifiers:
        return None
    if values.bilateral == "1":
        return Effect(_BILATERAL, ("bilateral procedure at 150 %",))
    if values.bilateral == "3":
        return Effect(_BOTH_SIDES, ("both sides, each in full",))
    told = "the row's values are of both sides already" if values.bilateral == "2" else "the 150 % rule does not apply"
    return Effect(ONE, (f"bilateral: {told}",))


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
    return Effect(share, (f"{share * 100:f} % of the global package (modifier {', '.join(asked)})",))


def _surgeons(values: RelativeValues, modifiers: Sequence[str]) -> Effect | None:
    if "62" not in modifiers:
        return None
    if values.co_surgeon not in ("1", "2"):
        return Effect(refusal=f"{values.row}: Medicare pays no co-surgeons (indicator {values.co_surgeon})")
    caution = "co-surgeons are paid with documentation only" if values.co_surgeon == "1" else ""
    return Effect(_CO_SURGEON, ("co-surgeon at 62.5 %",), caution)


def _assistants(values: RelativeValues, modifiers: Sequence[str]) -> Effect | None:
    physician = any(m in modifiers for m in ("80", "81", "82"))
    if not physician and "AS" not in modifiers:
        return None
    if values.assistant in ("1", "9"):
        return Effect(refusal=f"{values.row}: Medicare pays no assistant (indicator {values.assistant})")
    caution = "an assistant is paid with documentation only" if values.assistant == "0" else ""
    if "AS" in modifiers:
        return Effect(_ASSISTANT_NON_PHYSICIAN, ("non-physician assistant at surgery at 13.6 %",), caution)
    return Effect(_ASSISTANT, ("assistant at surgery at 16 %",), caution)


def _therapy(values: RelativeValues, modifiers: Sequence[str]) -> Effect | None:
    if values.multiple != "5" or not {"CQ", "CO"} & set(modifiers):
        return None
    return Effect(_THERAPY_ASSISTANT, ("furnished by a therapy assistant, at 85 %",))
