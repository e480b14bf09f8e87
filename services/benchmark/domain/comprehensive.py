"""What CMS pays beside a comprehensive APC by the code alone, whatever its status.

Claims Processing Manual, ch. 4, 10.2.3, names the kinds; the lists of codes below could not be held against CMS's own
(ch. 18, 1.2; the CY 2025 rule). So what they say is for our own judgement and enters no letter. Statuses that are never
packaged are in `packaging`. Self-administered drugs have no code list and are not told apart.
"""

from __future__ import annotations

from datetime import date

_PREVENTIVE = frozenset(
    {
        "G0402",
        "G0438",
        "G0439",
        "G0008",
        "G0009",
        "G0010",
        "90480",
        "G0101",
        "Q0091",
        "G0104",
        "G0105",
        "G0121",
        "G0108",
        "G0109",
        "G0117",
        "G0118",
        "G0130",
        "76977",
        "77078",
        "77080",
        "77081",
        "77085",
        "76706",
        "G0296",
        "71271",
        "G0442",
        "G0443",
        "G0444",
        "G0445",
        "G0446",
        "G0447",
        "G0473",
        "99406",
        "99407",
        "77067",
        "77063",
    }
)
"""Preventive services of 42 CFR 410.2 that hospitals bill by codes of their own.

Claims Processing Manual, ch. 18, 1.2; the electrocardiogram of the first visit is none. Visits, vaccinations,
cancer screening, diabetes training, glaucoma, bone mass, aneurysms, alcohol, depression, obesity, sexually
transmitted infections, cardiovascular risk, tobacco.
"""

_CELL_AND_GENE = frozenset({"J3398", "J3399", "Q2041", "Q2042", "Q2053", "Q2054", "Q2055", "Q2056"})
"""Cell and gene therapies, which are not packaged from CY 2025 on (CY 2025 OPPS final rule, CMS-1809-FC, II.A.2.b).

The rule's own list was not at hand: these are the CAR-T cells and gene therapies of Addendum B without pass-through
status; their rates are of no quarter's own, and so enter no letter.
"""
_CELL_AND_GENE_FROM = date(2025, 1, 1)
_BY_OUR_LIST = "by a list of codes that could not be held against CMS's"


def paid_beside(code: str, day: date) -> str:
    """Why a code is paid beside a comprehensive procedure of a day, as far as our lists tell; else empty."""
    if code in _PREVENTIVE:
        return f"a preventive service, paid beside the claim's comprehensive procedure, {_BY_OUR_LIST}"
    if code in _CELL_AND_GENE and day >= _CELL_AND_GENE_FROM:
        return f"a cell or gene therapy, from 2025 on paid beside the claim's comprehensive procedure, {_BY_OUR_LIST}"
    return ""
