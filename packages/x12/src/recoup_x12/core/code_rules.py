"""Checks of one segment's content that need no context: dates (SNIP 1) and code sets (SNIP 5)."""

from __future__ import annotations

from collections.abc import Callable

from recoup_x12.codes import known, npi_is_valid, shapes
from recoup_x12.core.check import is_date
from recoup_x12.core.delimiters import Delimiters
from recoup_x12.core.problem import Problem

Rule = Callable[[list[str], list[Problem]], None]


def _problem(
    segment: str, element: int, message: str, how_to_fix: str, *, code: str = "7", snip: int = 5, number: str = "",
    component: int = 0, warn: bool = False, status: tuple[str, ...] = (),
) -> Problem:  # fmt: skip
    return Problem(
        "claim", snip, segment, message, how_to_fix, element=element, component=component, data_element=number,
        code=code, severity="warning" if warn else "error", status=status,
    )  # fmt: skip


class CodeCheck:
    """Rules by segment ID for one set of delimiters. Code tables are those in force when it is made."""

    def __init__(self, delimiters: Delimiters) -> None:
        self._component = delimiters.component
        self._sound: set[str] = set()  # procedure composites found sound
        self._pos = known("place_of_service") or frozenset()
        self._rarc = known("rarc") or frozenset()
        self._carc = known("carc") or frozenset()
        self._revenue = known("revenue")
        self._taxonomy = known("taxonomy")
        self.rules: dict[str, Rule] = {
            "NM1": self._nm1, "N1": self._n1, "PRV": self._prv, "CLM": self._clm, "SV1": self._sv1, "SV2": self._sv2,
            "SV3": self._sv3, "DTP": _dtp, "DMG": _dmg, "CAS": self._cas, "SBR": _sbr, "REF": _ref,
            "MOA": self._moa, "MIA": self._mia, "LQ": self._lq, "CLP": _clp, "SVC": self._svc, "PLB": self._plb,
            "N4": _n4, "SVD": self._svd, "LIN": _lin,
        }  # fmt: skip

    def _nm1(self, e: list[str], found: list[Problem]) -> None:
        if len(e) > 9 and e[8] == "XX" and not npi_is_valid(e[9]):
            found.append(_npi("NM1", 9))

    def _n1(self, e: list[str], found: list[Problem]) -> None:
        if len(e) > 4 and e[3] == "XX" and not npi_is_valid(e[4]):
            found.append(_npi("N1", 4, warn=True))

    def _clm(self, e: list[str], found: list[Problem]) -> None:
        place = (e[5] if len(e) > 5 else "").split(self._component)
        if len(place) > 1 and place[1] == "B" and place[0] not in self._pos:
            found.append(_problem("CLM", 5, "not a place of service code", "use a CMS place of service code",
                                  number="1331", component=1, status=("A7", "249")))  # fmt: skip
        if len(place) > 1 and place[1] == "A" and not shapes.bill_type(place[0]):
            found.append(_problem("CLM", 5, "not a facility type code", "send the first two digits of the type of "
                                  "bill", number="1331", component=1, status=("A7", "228")))  # fmt: skip
        if len(place) > 2 and place[2] not in shapes.FREQUENCIES:
            found.append(_problem("CLM", 5, "not a claim frequency code", "use 1, 7 or 8, or a UB-04 frequency",
                                  number="1325", component=3, status=("A7", "535")))  # fmt: skip

    def _procedure(self, segment: str, element: int, text: str, found: list[Problem]) -> None:
        if text in self._sound:
            return
        before = len(found)
        parts = text.split(self._component)
        if len(parts) < 2:
            return
        qualifier, code = parts[0], parts[1]
        shape = {"HC": shapes.hcpcs, "HP": shapes.hipps, "AD": shapes.cdt, "N4": shapes.ndc}.get(qualifier)
        if shape is not None and code and not shape(code):
            found.append(_problem(segment, element, "not shaped like a procedure code of its list",
                                  "send a HCPCS, CPT, CDT or HIPPS code that fits the qualifier", number="234",
                                  component=2, status=("A7", "507"), warn=segment in ("SVC", "SVD")))  # fmt: skip
        for at, modifier in enumerate(parts[2:6], 3):
            if modifier and not shapes.modifier(modifier):
                found.append(_problem(segment, element, "not shaped like a modifier", "send two characters",
                                      number="1339", component=at, status=("A7", "453")))  # fmt: skip
        if len(found) == before and len(self._sound) < 20_000:
            self._sound.add(text)

    def _sv1(self, e: list[str], found: list[Problem]) -> None:
        self._procedure("SV1", 1, e[1], found)
        if len(e) > 5 and e[5] and e[5] not in self._pos:
            found.append(_problem("SV1", 5, "not a place of service code", "use a CMS place of service code",
                                  number="1331", status=("A7", "249")))  # fmt: skip

    def _sv2(self, e: list[str], found: list[Problem]) -> None:
        if e[1] and not shapes.revenue(e[1]):
            found.append(_problem("SV2", 1, "not shaped like a revenue code", "send four digits", number="234",
                                  status=("A7", "455")))  # fmt: skip
        elif e[1] and self._revenue is not None and e[1] not in self._revenue:
            found.append(_problem("SV2", 1, "not a revenue code of the list in force", "check the code, or load the "
                                  "newer list", number="234", status=("A7", "455"), warn=True))  # fmt: skip
        if len(e) > 2 and e[2]:
            self._procedure("SV2", 2, e[2], found)

    def _sv3(self, e: list[str], found: list[Problem]) -> None:
        self._procedure("SV3", 1, e[1], found)

    def _svd(self, e: list[str], found: list[Problem]) -> None:
        if len(e) > 3 and e[3]:
            self._procedure("SVD", 3, e[3], found)

    def _svc(self, e: list[str], found: list[Problem]) -> None:
        self._procedure("SVC", 1, e[1], found)

    def _remarks(self, segment: str, e: list[str], places: tuple[int, ...], found: list[Problem]) -> None:
        for at in places:
            if at < len(e) and e[at] and e[at] not in self._rarc:
                shaped = shapes.rarc(e[at]) is not None
                found.append(_problem(segment, at, "not a remark code of the list in force", "check the code, or "
                                      "update the remark code table", number="127", warn=shaped))  # fmt: skip

    def _moa(self, e: list[str], found: list[Problem]) -> None:
        self._remarks("MOA", e, (3, 4, 5, 6, 7), found)

    def _mia(self, e: list[str], found: list[Problem]) -> None:
        self._remarks("MIA", e, (5, 20, 21, 22, 23), found)

    def _lq(self, e: list[str], found: list[Problem]) -> None:
        if e[1] == "HE":
            self._remarks("LQ", e, (2,), found)

    def _prv(self, e: list[str], found: list[Problem]) -> None:
        if len(e) <= 3 or e[2] != "PXC":
            return
        if not shapes.taxonomy(e[3]):
            # All codes in force end in X; published samples that do not are otherwise sound.
            found.append(_problem("PRV", 3, "not shaped like a taxonomy code", "send ten characters ending in X",
                                  number="127", status=("A7", "145"), warn=bool(shapes.ten(e[3]))))  # fmt: skip
        elif self._taxonomy is not None and e[3] not in self._taxonomy:
            found.append(_problem("PRV", 3, "not a taxonomy code of the list in force", "check the code, or load the "
                                  "newer list", number="127", status=("A7", "145"), warn=True))  # fmt: skip

    def _cas(self, e: list[str], found: list[Problem]) -> None:
        for at in range(2, len(e), 3):
            code = e[at]
            if code and code not in self._carc:
                found.append(_problem("CAS", at, "not a claim adjustment reason code of the list in force", "check the "
                                      "code against code source 139, or load the newer list", number="1034",
                                      warn=shapes.carc(code) is not None, status=("A7", "521")))  # fmt: skip

    def _plb(self, e: list[str], found: list[Problem]) -> None:
        for at in range(3, len(e), 2):
            reason = e[at].partition(self._component)[0]
            if reason and reason not in shapes.PROVIDER_ADJUSTMENTS:
                found.append(_problem("PLB", at, "not a provider adjustment reason", "check the code",
                                      number="426", component=1, warn=True))  # fmt: skip


def _npi(segment: str, element: int, warn: bool = False) -> Problem:
    return _problem(
        segment, element, "the NPI's check digit is wrong", "send the ten-digit NPI as NPPES holds it",
        number="67", warn=warn, status=("A7", "562"),
    )  # fmt: skip


def _dtp(e: list[str], found: list[Problem]) -> None:
    if len(e) < 4:
        return
    form, text = e[2], e[3]
    if form == "D8":
        sound = is_date(text)
    elif form == "RD8":
        sound = len(text) == 17 and text[8] == "-" and is_date(text[:8]) and is_date(text[9:])
        if sound and text[9:] < text[:8]:
            found.append(_problem("DTP", 3, "the period ends before it begins", "swap the dates", code="8", snip=4,
                                  number="1251", status=("A7", "188")))  # fmt: skip
            return
    elif form == "DT":
        sound = len(text) == 12 and is_date(text[:8]) and text[8:].isdigit() and _is_time(text[8:])
    elif form == "TM":
        sound = _is_time(text)
    else:
        found.append(_problem("DTP", 2, "not a date format the guides use", "use D8, RD8, DT or TM", snip=2,
                              number="1250"))  # fmt: skip
        return
    if not sound:
        code, kind = ("9", "time") if form == "TM" else ("8", "date")
        found.append(_problem("DTP", 3, f"not a {kind} in the format stated", "send CCYYMMDD, or two with a hyphen "
                              "for RD8", code=code, snip=1, number="1251", status=("A7", "188")))  # fmt: skip


def _is_time(text: str) -> bool:
    return len(text) >= 4 and text.isdigit() and text[:2] < "24" and text[2:4] < "60"


def _dmg(e: list[str], found: list[Problem]) -> None:
    if len(e) > 2 and e[1] == "D8" and not is_date.__wrapped__(e[2]):
        found.append(_problem("DMG", 2, "not a date", "send CCYYMMDD", code="8", snip=1, number="1251",
                              status=("A7", "158")))  # fmt: skip


def _sbr(e: list[str], found: list[Problem]) -> None:
    if len(e) > 9 and e[9] and e[9] not in shapes.FILING_INDICATORS:
        found.append(_problem("SBR", 9, "not a claim filing indicator", "use one the guide lists, e.g. CI or MB",
                              number="1032", status=("A7", "480")))  # fmt: skip


def _ref(e: list[str], found: list[Problem]) -> None:
    if e[1] in ("EI", "SY") and len(e) > 2:
        digits = e[2].replace("-", "")
        if not (len(digits) == 9 and digits.isdigit()):
            found.append(_problem("REF", 2, "not a nine-digit tax or social security number", "send nine digits",
                                  number="127", code="I12", warn=e[1] == "SY", status=("A7", "128")))  # fmt: skip


def _clp(e: list[str], found: list[Problem]) -> None:
    if len(e) > 2 and e[2] not in shapes.CLAIM_PAYMENT_STATUS:
        found.append(_problem("CLP", 2, "not a claim status code of the 835", "use 1-4, 19-23 or 25",
                              number="1029"))  # fmt: skip


def _n4(e: list[str], found: list[Problem]) -> None:
    """N403 of an address in the United States, and N404: ISO 3166-1 alpha-2, though the dictionary has room for 3."""
    country = e[4] if len(e) > 4 else ""
    if country and country not in shapes.COUNTRIES:
        shaped = len(country) == 2 and country.isascii() and country.isalpha() and country.isupper()
        found.append(_problem("N4", 4, "not a country code", "send the two letters of ISO 3166-1, or nothing for the "
                              "United States", number="26", warn=shaped, status=("A7", "680")))  # fmt: skip
    if country in ("", "US") and len(e) > 3 and e[3] and not (e[3].isdigit() and len(e[3]) in (5, 9)):
        found.append(_problem("N4", 3, "not a US ZIP code", "send five or nine digits", number="116",
                              code="I12", warn=True, status=("A7", "500")))  # fmt: skip


def _lin(e: list[str], found: list[Problem]) -> None:
    if len(e) > 3 and e[2] == "N4" and not shapes.ndc(e[3]):
        found.append(_problem("LIN", 3, "not an 11-digit NDC", "send 5-4-2 digits without hyphens", number="234",
                              status=("A7", "218")))  # fmt: skip
