"""What CMS pays beside a comprehensive APC by the code alone, whatever its status.

Claims Processing Manual, ch. 4, 10.2.3. Statuses that are never packaged are in `packaging`.
Self-administered drugs have no code list and are not told apart.
"""

from __future__ import annotations

PREVENTIVE = frozenset(
    {
        "G0402", "G0438", "G0439", "G0008", "G0009", "G0010", "90480", "G0101", "Q0091",
        "G0104", "G0105", "G0121", "G0108", "G0109", "G0117", "G0118", "G0130", "76977", "77078", "77080", "77081",
        "77085", "76706", "G0296", "71271", "G0442", "G0443", "G0444", "G0445", "G0446", "G0447", "G0473", "99406",
        "99407", "77067", "77063",
    }
)  # fmt: skip
"""Preventive services of 42 CFR 410.2 that hospitals bill by codes of their own.

Claims Processing Manual, ch. 18, 1.2; the electrocardiogram of the first visit is none. Visits, vaccinations,
cancer screening, diabetes training, glaucoma, bone mass, aneurysms, alcohol, depression, obesity, sexually
transmitted infections, cardiovascular risk, tobacco.
"""

CELL_AND_GENE = frozenset({"J3398", "J3399", "Q2041", "Q2042", "Q2053", "Q2054", "Q2055", "Q2056"})
"""Cell and gene therapies, which are not packaged from CY 2025 on (CY 2025 OPPS final rule, CMS-1809-FC, II.A.2.b).

The rule's own list was not at hand: these are the CAR-T cells and gene therapies of Addendum B without pass-through
status; their rates are of no quarter's own, and so enter no letter.
"""
