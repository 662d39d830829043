"""Text in runs: formulas with subscripts, bold and muted words, painted without any markup.

Titles and names come from files. They are painted, never parsed, so that nothing a file says can
become formatting, a link or an image.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

SCRIPT_SIZE = 0.74
"""Sub- and superscripts relative to the text: legible at 9 pt, still clearly smaller."""
ELLIPSIS = "…"
MINUS = "−"
# Nucleons of a heavy isotope ([13C]), a number of atoms, or symbols.
_FORMULA_PART = re.compile(r"(?<=\[)(\d+)|(\d+)|([^\d\[]+|\[)")
_CHARGE_END = re.compile(r"^(.*[\]\)])(\d*)([+-])$")


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a line that has one style.

    Parameters
    ----------
    text : str
        Plain text.
    script : int
        -1 subscript, 0 normal, +1 superscript.
    bold, muted : bool
    italic : bool
        For what was guessed.
    tone : str
        Name of a color given to :func:`draw_runs`; empty for the text color.
    """

    text: str
    script: int = 0
    bold: bool = False
    muted: bool = False
    tone: str = ""
    italic: bool = False


Runs = tuple[Run, ...]


def formula_runs(formula: str, charge: int = 0, *, bold: bool = False, tone: str = "") -> Runs:
    """Return C8H11N4O2 and a charge as runs with subscripts and superscripts."""
    runs = []
    for nucleons, number, symbols in _FORMULA_PART.findall(formula):
        parts = ((nucleons, 1), (number, -1), (symbols, 0))
        runs += [Run(text, script, bold, tone=tone) for text, script in parts if text]
    if formula and charge:
        size = str(abs(charge)) if abs(charge) > 1 else ""
        runs.append(Run(size + ("+" if charge > 0 else MINUS), 1, bold, tone=tone))
    return tuple(runs)


def adduct_runs(adduct: str, *, muted: bool = False, italic: bool = False) -> Runs:
    """Return [M+H]+ as runs with the charge as superscript; other text stays as it is."""
    match = _CHARGE_END.match(adduct)
    if not match:
        return (Run(adduct, muted=muted, italic=italic),) if adduct else ()
    name, size, sign = match.groups()
    charge = size + ("+" if sign == "+" else MINUS)
    return (
        Run(name, muted=muted, italic=italic),
        Run(charge, 1, muted=muted, italic=italic),
    )


def muted_runs(runs: Runs) -> Runs:
    """Return the runs in the color of secondary text."""
    return tuple(replace(run, muted=True) for run in runs)


def plain_text(runs: Iterable[Run]) -> str:
    """Return the text of the runs without styles, for accessibility and the clipboard."""
    return "".join(run.text for run in runs).replace(MINUS, "-")


@lru_cache(maxsize=256)
def _style(
    font_key: str, script: int = 0, bold: bool = False, italic: bool = False
) -> tuple[QFont, QFontMetricsF]:
    font = QFont()
    font.fromString(font_key)
    if bold:
        font.setBold(True)
    if italic:
        font.setItalic(True)
    if script:
        if font.pixelSize() > 0:
            font.setPixelSize(max(7, round(font.pixelSize() * SCRIPT_SIZE)))
        else:
            font.setPointSizeF(max(5.5, font.pointSizeF() * SCRIPT_SIZE))
    return font, QFontMetricsF(font)


def runs_width(runs: Sequence[Run], font: QFont) -> float:
    """Return the width of the runs in pixels."""
    key = font.toString()
    return sum(_style(key, r.script, r.bold, r.italic)[1].horizontalAdvance(r.text) for r in runs)


def draw_runs(
    painter: QPainter,
    x: float,
    baseline: float,
    runs: Sequence[Run],
    font: QFont,
    color: QColor,
    *,
    muted: QColor | None = None,
    tones: dict[str, QColor] | None = None,
    max_width: float | None = None,
) -> float:
    """Draw the runs from ``x`` on and return where they end.

    What does not fit in ``max_width`` is replaced by an ellipsis.
    """
    if max_width is not None and runs_width(runs, font) > max_width:
        runs = elided(runs, font, max_width)
    key = font.toString()
    ascent = _style(key)[1].ascent()
    for run in runs:
        run_font, metrics = _style(key, run.script, run.bold, run.italic)
        shift = {-1: 0.18, 0: 0.0, 1: -0.36}[run.script] * ascent
        painter.setFont(run_font)
        painter.setPen(_color(run, color, muted, tones))
        painter.drawText(QPointF(x, baseline + shift), run.text)
        x += metrics.horizontalAdvance(run.text)
    return x


def _color(
    run: Run, color: QColor, muted: QColor | None, tones: dict[str, QColor] | None
) -> QColor:
    if run.tone and tones and run.tone in tones:
        return tones[run.tone]
    return muted if run.muted and muted is not None else color


def elided(runs: Sequence[Run], font: QFont, width: float) -> Runs:
    """Return the runs that fit in ``width``, cut at the right with an ellipsis."""
    key = font.toString()
    room = width - _style(key)[1].horizontalAdvance(ELLIPSIS)
    kept: list[Run] = []
    for run in runs:
        _, metrics = _style(key, run.script, run.bold, run.italic)
        advance = metrics.horizontalAdvance(run.text)
        if advance <= room:
            kept.append(run)
            room -= advance
            continue
        text = run.text
        while text and metrics.horizontalAdvance(text) > room:
            text = text[:-1]
        if text:
            kept.append(replace(run, text=text))
        break
    while kept and not kept[-1].text.strip():
        kept.pop()
    return (*kept, Run(ELLIPSIS, muted=bool(kept and kept[-1].muted)))
