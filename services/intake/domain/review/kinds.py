"""What kind of service a procedure code is, by its place in CPT and HCPCS. Ranges only; no descriptors.

Kinds are bits, so that a whole claim's kinds are one number and a rule that concerns none of them is not run.
"""

from __future__ import annotations

from functools import lru_cache

VISIT = 1 << 0
"""Evaluation and management: 99202-99499 and what NCCI treats alike (eye visits, telemedicine, wellness, clinic)."""
SURGERY = 1 << 1
"""10004-69990."""
ANESTHESIA = 1 << 2
"""00100-01999."""
RADIOLOGY = 1 << 3
LABORATORY = 1 << 4
MEDICINE = 1 << 5
AMBULANCE = 1 << 6
DRUG = 1 << 7
EQUIPMENT = 1 << 8
UNLISTED = 1 << 9
"""Not otherwise classified: the code does not say what was done."""
EMERGENCY_VISIT = 1 << 10
CRITICAL_CARE = 1 << 11
HOSPITAL_VISIT = 1 << 12
OFFICE_VISIT = 1 << 13
NURSING_VISIT = 1 << 14
HOME_VISIT = 1 << 15
MODIFIED = 1 << 16
"""Not a kind of code: some line carries a modifier."""

_VISIT_CODES = frozenset(
    ["92002", "92004", "92012", "92014", "98966", "98967", "98968", "G0402", "G0438", "G0439", "G0463"]
    + [f"{n}" for n in range(98000, 98017)]
)
_UNLISTED_CODES = """
01999 15999 17999 19499 20999 21089 21299 21499 21899 22899 22999 23929 24999 25999 26989 27299 27599 27899
28899 29799 29999 30999 31299 31599 31899 32999 33999 36299 37501 37799 38129 38589 38999 39499 39599 40799
40899 41599 41899 42299 42699 42999 43289 43499 43659 43999 44238 44799 44899 44979 45399 45499 45999 46999
47379 47399 47579 47999 48999 49329 49659 49999 50549 50949 51999 53899 54699 55559 55899 58578 58579 58679
58999 59897 59898 59899 60659 60699 64999 66999 67299 67399 67599 67999 68399 68899 69399 69799 69949 69979
76496 76497 76498 76499 76999 77299 77399 77499 77799 78099 78199 78299 78399 78499 78599 78699 78799 78999
79999 81099 81479 81599 84999 85999 86849 86999 87999 88099 88199 88299 88399 88749 89240 89398 90399 90749
90899 90999 91299 92499 92700 93799 93998 94799 95199 95999 96379 96549 96999 97039 97139 97799 99199 99429
99499 99600 J3490 J3590 J9999 E1399
"""
_UNLISTED = frozenset(_UNLISTED_CODES.split())


@lru_cache(maxsize=20_000)
def kinds(code: str) -> int:
    """The kinds of one CPT or HCPCS code; 0 for other codes."""
    if len(code) != 5:
        return 0
    found = UNLISTED if code in _UNLISTED else 0
    if code in _VISIT_CODES:
        return found | VISIT
    if code.isdigit():
        return found | _numbered(int(code))
    return found | _lettered(code)


def _numbered(n: int) -> int:
    if n < 100:
        return 0
    if n < 2_000:
        return ANESTHESIA
    if 10_004 <= n < 70_000:
        return SURGERY
    if 70_010 <= n < 80_000:
        return RADIOLOGY
    if 80_000 <= n < 90_000:
        return LABORATORY
    if 99_202 <= n < 99_500:
        return VISIT | _visit(n)
    return MEDICINE if 90_000 <= n <= 99_999 else 0


def _visit(n: int) -> int:
    if n <= 99_215:
        return OFFICE_VISIT
    if 99_221 <= n <= 99_239:
        return HOSPITAL_VISIT
    if 99_281 <= n <= 99_285:
        return EMERGENCY_VISIT
    if n in (99_291, 99_292):
        return CRITICAL_CARE
    if 99_304 <= n <= 99_316:
        return NURSING_VISIT
    return HOME_VISIT if 99_341 <= n <= 99_350 else 0


def _lettered(code: str) -> int:
    head, tail = code[0], code[1:]
    if not tail.isdigit():
        return 0
    n = int(tail)
    if head == "A" and 425 <= n <= 436:
        return AMBULANCE
    if head == "G" and 380 <= n <= 384:
        return VISIT | EMERGENCY_VISIT
    if head == "J":
        return DRUG
    return EQUIPMENT if head in "EK" else 0
