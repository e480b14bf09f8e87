"""Shapes of code sets whose lists are licensed or too fluid to ship, as regular expressions.

CPT category I (5 digits), II and III (4 digits and F, T, U, M, A), HCPCS level II (letter and 4 digits), HIPPS
(5 alphanumerics), CDT (D and 4 digits), ICD-10-PCS (7, no I or O), revenue codes (4 digits), provider taxonomy
(10 characters ending in X), CPT/HCPCS modifiers (2). Claim adjustment reason and remark codes have shapes too: one so
shaped that the table in force lacks may be newer than the table, one not so shaped is wrong.
"""

from __future__ import annotations

import re

hcpcs = re.compile(r"\d{4}[0-9AFTUM]|[A-V]\d{4}").fullmatch
hipps = re.compile(r"[0-9A-Z]{5}").fullmatch
cdt = re.compile(r"D\d{4}").fullmatch
ndc = re.compile(r"\d{11}").fullmatch
icd9 = re.compile(r"(?:\d{3}|V\d{2})\d{0,2}|E\d{3}\d?").fullmatch
icd10_procedure = re.compile(r"[0-9A-HJ-NP-Z]{7}").fullmatch
icd9_procedure = re.compile(r"\d{2}\d{0,2}").fullmatch
revenue = re.compile(r"\d{4}").fullmatch
bill_type = re.compile(r"0?[1-9]\d").fullmatch
taxonomy = re.compile(r"[0-9A-Z]{9}X").fullmatch
ten = re.compile(r"[0-9A-Z]{10}").fullmatch
modifier = re.compile(r"[0-9A-Z]{2}").fullmatch
carc = re.compile(r"[1-9]\d{0,2}|[ABDPWY]\d{1,2}").fullmatch
rarc = re.compile(r"M\d{1,3}|MA\d{2,3}|N\d{1,3}").fullmatch


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FILING_INDICATORS = _words("11 12 13 14 15 16 17 AM BL CH CI DS FI HM LM MA MB MC OF TV VA WC ZZ")
CLAIM_PAYMENT_STATUS = _words("1 2 3 4 19 20 21 22 23 25")
FREQUENCIES = _words("0 1 2 3 4 5 6 7 8 9 A B C D E F G H I J K M N O P Q X Y Z")
PROVIDER_ADJUSTMENTS = _words(
    "50 51 72 90 AH AM AP B2 B3 BD BN C5 CR CS CT CV CW DM E3 FB FC GO HM IP IR IS J1 L3 L6 LE LS OA OB PI PL RA "
    "RE SL TL WO WU"
)
COUNTRIES = _words(
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA "
    "CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA "
    "GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP "
    "KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS "
    "MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS "
    "RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW "
    "TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW"
)
"""ISO 3166-1 alpha-2."""
