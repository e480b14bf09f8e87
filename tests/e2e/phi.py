"""Files with patient data that cannot be mistaken for anything else, and how it is looked for."""

from __future__ import annotations

import re

CONTROL_NUMBERS = ("PCNQX7731", "PCNQX7732", "PCNQX7733", "PCNQX7734")
"""May stand in payloads and state; in logs, metrics, headers and error texts never."""
PATIENT = (
    "ZYXWILLOUGHBY", "QUENTARIUS", "MBRX7QK93Z1", "PHANTASMAGORIA", "KRYPTONVILLE",
    "19510314", "1951-03-14", "XOCHIPILLI", "19511399", "MBR?7QK93Z2", "771239954",
)  # fmt: skip
"""Names, member numbers, street, town, birth dates (one of them impossible) and a social security number."""
_SUBMITTER = (
    "ISA*00*          *00*          *ZZ*PHITEST        *ZZ*CLEARTEST      *251027*0915*^*00501*{control}*0*P*:~"
)


def found(text: str, secrets: tuple[str, ...] = PATIENT) -> list[str]:
    """Those of `secrets` that `text` shows, in any case."""
    return re.findall("|".join(re.escape(secret) for secret in secrets), text, re.IGNORECASE)


def _claim(
    level: int, number: str, *, born: str = "19510314", member: str = "MBRX7QK93Z1", npi: str = "1001000029"
) -> str:
    return f"""HL*{level}*1*22*0~
SBR*P*18*GRP99101******CI~
NM1*IL*1*ZYXWILLOUGHBY*QUENTARIUS*XOCHIPILLI***MI*{member}~
N3*4711 PHANTASMAGORIA LN~
N4*KRYPTONVILLE*TX*770300001~
DMG*D8*{born}*F~
REF*SY*771239954~
NM1*PR*2*MERIDIAN EXAMPLE HEALTH*****PI*99101~
CLM*{number}*1110***23:B:1*Y*A*Y*Y~
HI*ABK:R079*ABF:I10~
NM1*82*1*FICTION*JORDAN****XX*{npi}~
PRV*PE*PXC*207P00000X~
LX*1~
SV1*HC:99285:25*1050*UN*1***1:2**Y~
DTP*472*D8*20251012~
REF*6R*{number}L1~
LX*2~
SV1*HC:93010*60*UN*1***1**Y~
DTP*472*D8*20251012~
REF*6R*{number}L2~
"""


def _wrap(control: str, functional: str, version: str, body: str) -> str:
    count = body.count("~") + 1
    return f"""{_SUBMITTER.format(control=control)}
GS*{functional}*PHITEST*CLEARTEST*20251027*0915*{control}*X*{version}~
{body}SE*{count}*0001~
GE*1*{control}~
IEA*1*{control}~
"""


def claims(control: str, *levels: str) -> str:
    """An 837P with these subscriber levels."""
    head = f"""ST*837*0001*005010X222A1~
BHT*0019*00*{control}*20251027*0915*CH~
NM1*41*2*EXAMPLE BILLING SERVICE*****46*EXBILL~
PER*IC*EXAMPLE CONTACT*TE*5555550123~
NM1*40*2*EXAMPLE CLEARINGHOUSE*****46*EXCLEAR~
HL*1**20*1~
PRV*BI*PXC*207P00000X~
NM1*85*2*BAYOU EXAMPLE EMERGENCY PHYSICIANS*****XX*1001000011~
N3*100 EXAMPLE AVE~
N4*HOUSTON*TX*770300001~
REF*EI*990300001~
"""
    return _wrap(control, "HC", "005010X222A1", head + "".join(levels))


def remittance(control: str, number: str) -> str:
    """An 835 that underpays the claim `number`."""
    return _wrap(
        control,
        "HP",
        "005010X221A1",
        f"""ST*835*0001~
BPR*I*185.6*C*ACH*CCP*01*999999992*DA*100200300*1990000101**01*999988880*DA*400500600*20251120~
TRN*1*PHITRACE{control}*1990000101~
DTM*405*20251120~
N1*PR*MERIDIAN EXAMPLE HEALTH~
N3*1 EXAMPLE PLAZA~
N4*HARTFORD*CT*061030001~
REF*2U*99101~
PER*BL*EDI SUPPORT*TE*5555550199~
N1*PE*BAYOU EXAMPLE EMERGENCY PHYSICIANS*XX*1001000011~
N3*100 EXAMPLE AVE~
N4*HOUSTON*TX*770300001~
REF*TJ*990300001~
LX*1~
CLP*{number}*1*1110*185.6*46.4*15*P01{control}*23*1~
NM1*QC*1*ZYXWILLOUGHBY*QUENTARIUS*XOCHIPILLI***MI*MBRX7QK93Z1~
NM1*82*1******XX*1001000029~
MOA***N859*N860~
DTM*232*20251012~
DTM*233*20251012~
DTM*050*20251028~
SVC*HC:99285:25*1050*176**1~
DTM*472*20251012~
CAS*CO*45*830~
CAS*PR*2*44~
REF*6R*{number}L1~
AMT*B6*220~
AMT*ZK*220~
LQ*HE*N864~
SVC*HC:93010*60*9.6**1~
DTM*472*20251012~
CAS*CO*45*48~
CAS*PR*2*2.4~
REF*6R*{number}L2~
AMT*B6*12~
AMT*ZK*12~
LQ*HE*N864~
""",
    )


FIRST, SECOND, THIRD, UNKNOWN = CONTROL_NUMBERS
GOOD = claims("910000001", _claim(2, FIRST))
PAID = remittance("910000002", FIRST)
PAID_FOR_NO_CLAIM = remittance("910000003", UNKNOWN)
BROKEN = claims(
    "910000004",
    _claim(2, SECOND, born="19511399", member="MBR?7QK93Z2"),
    _claim(3, THIRD, npi="1001000028"),
)
CUT_SHORT = GOOD.replace("910000001", "910000005")[:-160]
WRONG_COUNT = GOOD.replace("910000001", "910000006").replace("SE*", "SE*9")
NO_X12 = (
    f"Dear payer, QUENTARIUS ZYXWILLOUGHBY, born 19510314, member MBRX7QK93Z1, claim {FIRST}, lives in KRYPTONVILLE."
)
MANGLED = (
    GOOD.replace("910000001", "910000007")
    .replace("NM1*IL*1*", "NM1*IL*ZYXWILLOUGHBY*")
    .replace("DMG*D8", "DMG*QUENTARIUS")
)
REFUSED = (BROKEN, CUT_SHORT, WRONG_COUNT, NO_X12, MANGLED)
POISON = (
    b'{"claim_id": "QUENTARIUS", "claim": {"tenant": "ZYXWILLOUGHBY", "patient_control_number": 19510314, '
    b'"MBRX7QK93Z1": "PHANTASMAGORIA", "form": "PCNQX7731"}}'
)
