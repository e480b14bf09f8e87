"""Where a payment stands among its benchmarks, as an SVG for letters, the desk and the API.

Drawn from an assessed line alone, so that the picture of an old assessment never changes. With `use` only benchmarks
that may be used there are drawn: a federal IDR exhibit shows neither charges nor Medicare (45 CFR 149.510(c)(4)(v)).
"""

from __future__ import annotations

from decimal import Decimal
from html import escape

from shared.events.assessment import AssessedLine, Benchmark, Use

_WIDTH, _LEFT, _RIGHT, _ROW = 640, 190, 24, 26
_LABELS = {
    "qpa": "payer's QPA",
    "medicare_pfs": "Medicare",
    "medicare_opps": "Medicare outpatient",
    "medicare_asc": "Medicare surgery center",
    "medicare_inpatient": "Medicare inpatient",
    "medicare_ambulance": "Medicare ambulance",
    "medicare_laboratory": "Medicare laboratory",
    "medicare_drugs": "Medicare drugs",
    "medicare_equipment": "Medicare equipment",
    "medicare_anesthesia": "Medicare anesthesia",
    "billed_charge": "billed charge",
    "in_network_median": "median contracted rate",
    "ucr_charge": "charges",
    "ucr_allowed": "allowed amounts",
    "payer_history": "payer's own history",
}


def picture(line: AssessedLine, use: Use | None = None) -> str:
    """The SVG of one line; a screen reader hears its title."""
    marks = [(_label(b), b.amount, "#5b7083") for b in line.benchmarks if use is None or use in b.uses]
    marks.sort(key=lambda mark: (mark[1], mark[0]))
    marks = [("allowed by the payer", line.allowed, "#b3261e"), *marks]
    fair = use in (None, "internal") and line.floor is not None and line.stretch is not None
    top = max([amount for _, amount, _ in marks] + ([line.stretch or Decimal(0)] if fair else []) + [Decimal(1)])
    height = _ROW * (len(marks) + (2 if fair else 1)) + 16
    code = escape(" ".join((line.code, *line.modifiers)))
    title = f"Line {line.line}, {code}: ${line.allowed} allowed"
    if fair:
        title += f"; fair ${line.floor} to ${line.stretch}, target ${line.target}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{title}" '
        'font-family="sans-serif" font-size="12">',
        f"<title>{title}</title>",
    ]
    if fair:
        parts += _band(line, top, height)
    for number, (label, amount, colour) in enumerate(marks, 1):
        y = _ROW * number
        x = _x(amount, top)
        parts.append(f'<text x="{_LEFT - 10}" y="{y + 4}" text-anchor="end" fill="#222">{escape(label)}</text>')
        parts.append(f'<rect x="{_LEFT}" y="{y - 6}" width="{x - _LEFT}" height="12" rx="2" fill="{colour}"/>')
        inside = x > _WIDTH - 90
        at, anchor, fill = (x - 6, "end", "#fff") if inside else (x + 6, "start", "#222")
        parts.append(f'<text x="{at}" y="{y + 4}" text-anchor="{anchor}" fill="{fill}">${amount:,.2f}</text>')
    return "".join((*parts, "</svg>"))


def _band(line: AssessedLine, top: Decimal, height: int) -> list[str]:
    floor, target, stretch = (_x(value or Decimal(0), top) for value in (line.floor, line.target, line.stretch))
    foot = height - 12
    return [
        f'<rect x="{floor}" y="8" width="{max(stretch - floor, 1)}" height="{foot - 22}" fill="#d7ead9"/>',
        f'<line x1="{target}" x2="{target}" y1="8" y2="{foot - 14}" stroke="#2e7d32" stroke-width="2"/>',
        f'<text x="{target}" y="{foot}" text-anchor="middle" fill="#2e7d32">fair target ${line.target:,.2f}</text>',
    ]


def _x(amount: Decimal, top: Decimal) -> int:
    return _LEFT + int((_WIDTH - _LEFT - _RIGHT) * max(amount, Decimal(0)) / top)


def _label(benchmark: Benchmark) -> str:
    name = _LABELS.get(benchmark.source, benchmark.source.replace("_", " "))
    if benchmark.percentile is not None and benchmark.source != "in_network_median":
        return f"{name}, p{benchmark.percentile}"
    return name
