"""The reliability diagram of a quarter's score, as an SVG: what was said against what came, tenth by tenth."""

from __future__ import annotations

from html import escape

from recoup_odds.evaluate import Score

_SIDE, _MARGIN = 360, 48


def reliability(score: Score) -> str:
    """The SVG; the area of a dot grows with its lines, and the diagonal is a model that is right."""
    inner = _SIDE - 2 * _MARGIN
    most = max((one.lines for one in score.deciles), default=1)

    def x(share: float) -> int:
        return _MARGIN + round(inner * share)

    def y(share: float) -> int:
        return _SIDE - _MARGIN - round(inner * share)

    title = (
        f"{score.quarter}: chances said and shares won, by tenths of {score.lines:,} contested lines; fitted on "
        f"{score.fitted_on[0]} to {score.fitted_on[-1]}"
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE} {_SIDE}" role="img" '
        f'aria-label="{escape(title)}" font-family="sans-serif" font-size="12">',
        f"<title>{escape(title)}</title>",
        f'<rect x="{x(0)}" y="{y(1)}" width="{inner}" height="{inner}" fill="none" stroke="#999"/>',
        f'<line x1="{x(0)}" y1="{y(0)}" x2="{x(1)}" y2="{y(1)}" stroke="#999" stroke-dasharray="4 4"/>',
    ]
    for share in (0.0, 0.5, 1.0):
        parts.append(f'<text x="{x(share)}" y="{_SIDE - 28}" text-anchor="middle">{share:.0%}</text>')
        parts.append(f'<text x="{_MARGIN - 8}" y="{y(share) + 4}" text-anchor="end">{share:.0%}</text>')
    for one in score.deciles:
        radius = 3 + 5 * (one.lines / most) ** 0.5
        parts.append(
            f'<circle cx="{x(one.chance)}" cy="{y(one.won)}" r="{radius:.1f}" fill="#1f5f8b" fill-opacity="0.75"/>'
        )
    parts.append(f'<text x="{_SIDE // 2}" y="{_SIDE - 10}" text-anchor="middle">chance that was said</text>')
    parts.append(f'<text x="{_MARGIN}" y="24">share that was won, {escape(score.quarter)}</text>')
    return "".join((*parts, "</svg>"))
