"""What a federal IDR paper may not say: the figures that the entity must not consider.

45 CFR 149.510(c)(4)(v), read in 29 CFR 2590.716-8(c)(4)(v), which has the same words: usual and customary charges and
rates that are a share of them; what would have been billed without the Act; rates of public payers (Medicare, Medicaid,
CHIP, TRICARE, the Department of Veterans Affairs, demonstrations under section 1115). That a hospital is certified by
CMS, how well it does there, or how many of its patients a public program covers, is a circumstance of paragraph
(c)(4)(iii)(B), and may be said; so may the number of a rule of CMS, and what it approved or wrote of the process.
"""

from __future__ import annotations

import re

RULE = "45 CFR 149.510(c)(4)(v)"

_CHARGES = re.compile(
    r"""
    \bu\s*(?:&|/)\s*c\b | \br\s*&\s*c\b | \bu\.?c\.?r\b
    | \b(?:usual|reasonable)\b[\s,]*(?:(?:and|or|&)\s*)?customary\b
    | \bcustomary\b[\s,]*(?:(?:and|or|&)\s*)?(?:usual|reasonable)\b
    | \bcustomary\s+(?:rate|fee|charge|amount|price)s?\b | \busual\s+(?:rate|fee|charge|amount|price)s?\b
    | \bfair\s*health\b
    | \bcharges\b | \bcharge\s*-?\s*(?:master|description\s+master|data)\w* | \bCDM\b
    | \b(?:billed|billing|full|gross|total|our|facility|provider|provider's|line|actual|submitted|standard)\s+charge\b
    | \bcharge\s+(?:amount|percentile|of\s+\$|is\s+\$|was\s+\$)
    | \b(?:billed|submitted)\s+(?:amount|rate|fee|price|total|sum|value)s?\b
    | \b(?:amount|rate|price|sum|total)s?\s+(?:\w+\s+){0,2}billed\b
    | \bpercent(?:age)?\s+of\s+billed\b | %\s*of\s+billed\b
    | \b(?:list|retail)\s+(?:price|rate)s?\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_PUBLIC_RATES = re.compile(
    r"""
    \bRB?RVS\b | \bRVUs?\b | \brelative\s+value\s+(?:unit|scale)s? | \bM?PFS\b | \bOPPS\b | \bIPPS\b | \bGPCIs?\b
    | \b(?:physician|clinical\s+lab\w*|ambulance)\s+fee\s+schedules?
    | \bmedicaid\s+upper\s+payment\s+limits?\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_PROGRAM = re.compile(
    r"""
    \bmedicare\b | \bmedicaid\b | \bmedi[\s-]cal\b | (?-i:\bMediCal\b) | \btricare\b | \bchampus\b | \bchampva\b
    | \bCMS\b | \bS?CHIP\b
    | \bchildren'?s\s+health\s+insurance\b | \bveterans\b | \bveteran's | \bVA\s+(?:rate|fee|payment|schedule)s?\b
    | \b(?:tenncare|masshealth|badgercare|soonercare|husky\s+health|apple\s+health|denali\s*care|ahcccs)\b
    | \b(?:public|government|governmental)\s+pay[eo]rs?\b | \bsection\s+1115\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LAWFUL = re.compile(
    r"""
    \b(?:certif\w*|accredit\w*|designat\w*|licens\w*|enrol\w*|participat\w*|deemed|survey\w*|conditions\s+of\s+participation)\b
    | \b(?:patients?|population|beneficiar\w*|enrollees?|members?|visits?|admissions?|mix|volume|caseload|recipients)\b
    | \b(?:stars?|quality|readmissions?|mortality|outcomes?|measures?|hospital\s+compare|safety)\b
    | \b(?:extensions?|approv\w*|portal|help\s+desk|guidance|FAQs?)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_MONEY = re.compile(
    r"""
    \$ | \b(?:rates?|fees?|schedules?|pays|pay|paid|payments?|payable|reimburs\w*
    | allow(?:ed|able|ables|ance|ances)|prices?|pricing|priced|amounts?|dollars|remittances?
    | benchmarks?|multiples?|locality|conversion\s+factors?)\b
    | (?:%|\bpercent|\bper\s+cent|\btimes|\d\s*x)\s+(?:of\s+)?(?:the\s+)?
      (?:medicare|medicaid|medi[\s-]cal|(?-i:MediCal)|tricare|champus|CMS|CHIP|VA)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_MEASURED = re.compile(  # a rate of something else than money
    r"\b(?:readmission|mortality|infection|complication|survival|return|admission|transfer|occupancy|success|vaccination|response)"
    r"\s+rates?\b",
    re.IGNORECASE,
)
_CITED = re.compile(  # rules and guidance on the process itself, as our tables cite them
    r"""
    \b\d+\s+FR\s+\d+\s+\(CMS-\d{3,5}-[A-Z]+\d*\)
    | \bCMS\s+(?:RARC\s+)?guidance\s+(?:for\s+the\s+No\s+Surprises\s+Act|on\s+improperly\s+batched)\b
    | \bCMS\s+place\s+of\s+service\s+codes\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_SENTENCE = re.compile(r"(?<=[.;!?])\s+|\n+")


def is_barred(text: str) -> bool:
    """Return True if a text speaks of a figure that the entity must not consider.

    Of a sentence that names a public program only what is known to be lawful passes, and only without money: what is
    neither is refused, since a person can reword it and an entity's doubt costs the offer.
    """
    words = _CITED.sub("", text.replace("_", " "))
    if _CHARGES.search(words) or _PUBLIC_RATES.search(words):
        return True
    for sentence in _SENTENCE.split(words):
        if _PROGRAM.search(sentence):
            plain = _MEASURED.sub("", sentence)
            if _MONEY.search(plain) or not _LAWFUL.search(sentence):
                return True
    return False


def names_barred(reference: str) -> bool:
    """Return True if a reference, which always stands for an amount, is of charges or of a public program."""
    words = reference.replace("_", " ")
    return bool(_PROGRAM.search(words)) or is_barred(words) or bool(re.search(r"\bcharge\b|\bucr\b", words, re.I))
