"""The curve of our offer in federal IDR, as an SVG: chance and value of each offer, what was chosen, the fair value.

For our own decisions; no paper of IDR shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from html import escape

from services.settlement.domain.idr_offer import Point
from services.settlement.domain.idr_value import IdrValue

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _FOOT = 640, 300, 70, 60, 44, 46
_VALUE, _CHANCE, _CHOSEN, _FAIR = "#1f5f8b", "#8a6d1a", "#b3261e", "#2e7d32"


def picture(value: IdrValue) -> str:
    """The SVG of a belief; a screen reader hears its title, and where there is no curve it says why."""
    choice = value.choice
    title = f"Offer of ${choice.offer:,.2f} in federal IDR beside a fair value of ${value.target:,.2f}"
    title += f"; held by {choice.bound}" if choice.bound else ""
    title += f"; named by {value.by}" if value.by else ""
    if not choice.curve:
        return _svg(title, [_text(_WIDTH // 2, _HEIGHT // 2, f"No curve: {choice.why_target}", "#222", "middle")])
    points = [*choice.curve, *((choice.at_target,) if choice.at_target else ())]
    low, high = min(p.offer for p in points), max(*(p.offer for p in points), choice.offer)
    worst, best = min(p.value for p in points), max(p.value for p in points)

    def x(offer: Decimal) -> int:
        return _LEFT + int((_WIDTH - _LEFT - _RIGHT) * (offer - low) / (high - low or 1))

    def y(share: Decimal) -> int:
        return _HEIGHT - _FOOT - int((_HEIGHT - _TOP - _FOOT) * share)

    def value_of(point: Point) -> int:
        return y((point.value - worst) / (best - worst or 1))

    foot = _HEIGHT - _FOOT
    parts = [
        f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{foot}" y2="{foot}" stroke="#999"/>',
        _line([(x(p.offer), value_of(p)) for p in choice.curve], _VALUE, "3"),
        _line([(x(p.offer), y(p.chance)) for p in choice.curve], _CHANCE, "2", dashed=True),
        _text(_LEFT - 8, y(Decimal(1)) + 4, _usd(best), _VALUE, "end"),
        _text(_LEFT - 8, foot + 4, _usd(worst), _VALUE, "end"),
        _text(_WIDTH - _RIGHT + 8, y(Decimal(1)) + 4, "100 %", _CHANCE),
        _text(_WIDTH - _RIGHT + 8, foot + 4, "0 %", _CHANCE),
        _text(_LEFT, 18, "expected dollars after fees", _VALUE),
        _text(_WIDTH - _RIGHT, 18, "pessimistic chance that it is chosen", _CHANCE, "end"),
    ]
    parts += _mark(x(choice.offer), f"our offer {_usd(choice.offer)}", _CHOSEN, foot + 18)
    parts += _mark(x(value.target), f"fair value {_usd(value.target)}", _FAIR, foot + 34)
    return _svg(title, parts)


def _mark(x: int, words: str, colour: str, y: int) -> list[str]:
    anchor = "end" if x > _WIDTH * 3 // 4 else "start" if x < _WIDTH // 4 else "middle"
    line = f'<line x1="{x}" x2="{x}" y1="{_TOP}" y2="{_HEIGHT - _FOOT}" stroke="{colour}" stroke-width="2"/>'
    return [line, _text(x, y, words, colour, anchor)]


def _line(points: Sequence[tuple[int, int]], colour: str, width: str, *, dashed: bool = False) -> str:
    dash = ' stroke-dasharray="6 4"' if dashed else ""
    at = " ".join(f"{x},{y}" for x, y in points)
    return f'<polyline points="{at}" fill="none" stroke="{colour}" stroke-width="{width}"{dash}/>'


def _text(x: int, y: int, words: str, colour: str, anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>'


def _usd(amount: Decimal) -> str:
    return f"{'−' if amount < 0 else ''}${abs(amount):,.0f}"


def _svg(title: str, parts: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(title)}" font-family="sans-serif" font-size="12">'
    )
    return "".join((head, f"<title>{escape(title)}</title>", *parts, "</svg>"))
