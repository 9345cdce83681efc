"""Charts as inline SVG, drawn here: no script, no font, no third party. Colours come from the stylesheet's classes.

A chart is decoration for eyes (``aria-hidden``); the same numbers stand in a table beside it, with the same links.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

WIDTH: Final = 1000
HALF: Final = 500
HEIGHT: Final = 200
_LEFT: Final = 44
_BOTTOM: Final = 24
_TOP: Final = 10


@dataclass(frozen=True)
class Column:
    """One day. ``values``: height by series. ``label``: under the axis, may be empty. ``title``: shown on hovering."""

    values: Mapping[str, int]
    label: str
    title: str
    href: str


def columns(days: Sequence[Column], series: Sequence[str], *, width: int = WIDTH) -> Markup:
    """Stacked columns; ``series`` from the bottom up, each drawn with class ``fill-<series>``.

    ``width``: in units of the drawing, in which letters are 11 high; a chart shown small needs a small one.
    """
    highest = max((sum(day.values.get(name, 0) for name in series) for day in days), default=0)
    top = _round_up(highest)
    pitch = (width - _LEFT) / max(1, len(days))
    wide = max(1.0, min(36.0, pitch * 0.72))
    plot = HEIGHT - _TOP - _BOTTOM
    parts = [
        Markup('<svg class="chart" viewBox="0 0 {} {}" aria-hidden="true" focusable="false">').format(width, HEIGHT)
    ]
    for share in (0.0, 0.5, 1.0):
        y = _TOP + plot * (1 - share)
        parts.append(
            Markup(
                '<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
                '<text class="axis" x="{}" y="{:.1f}" text-anchor="end">{}</text>'
            ).format(_LEFT, width, y, y, _LEFT - 6, y + 4, _whole(top * share))
        )
    for number, day in enumerate(days):
        x = _LEFT + pitch * number + (pitch - wide) / 2
        parts.append(Markup('<a href="{}" tabindex="-1"><title>{}</title>').format(day.href, day.title))
        # The whole height is the target: a day with one message is a sliver.
        parts.append(
            Markup('<rect class="target" x="{:.1f}" y="{}" width="{:.1f}" height="{}"/>').format(x, _TOP, wide, plot)
        )
        y = float(_TOP + plot)
        for name in series:
            tall = plot * day.values.get(name, 0) / top
            y -= tall
            if tall:
                parts.append(
                    Markup('<rect class="fill-{}" x="{:.1f}" y="{:.2f}" width="{:.1f}" height="{:.2f}"/>').format(
                        name, x, y, wide, tall
                    )
                )
        parts.append(Markup("</a>"))
        if day.label:
            parts.append(
                Markup('<text class="axis" x="{:.1f}" y="{}" text-anchor="middle">{}</text>').format(
                    x + wide / 2, HEIGHT - 6, day.label
                )
            )
    return Markup("").join([*parts, Markup("</svg>")])


def bar(share: float, kind: str) -> Markup:
    """A horizontal bar for a table row; ``share`` 0..1 of the longest."""
    width = max(0.0, min(1.0, share)) * 100
    return Markup(
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="fill-{}" x="0" y="0" width="{:.2f}" height="8"/></svg>'
    ).format(escape(kind), width)


def labelled(count: int, width: int = WIDTH) -> int:
    """Every how many columns a label fits under the axis."""
    return max(1, -(-count // (width // 70)))


def _round_up(value: int) -> int:
    """The next of 2, 4, 6, 8, 10, 20, 30, 40, 50 …: halves of the axis stay whole numbers."""
    step = 1
    while True:
        for factor in (2, 4, 6, 8, 10) if step == 1 else (2, 3, 4, 5, 6, 8, 10):
            if value <= factor * step:
                return factor * step
        step *= 10


def _whole(value: float) -> str:
    return f"{round(value):,}".replace(",", " ")
