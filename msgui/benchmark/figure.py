"""The benchmark as a picture: every method beside the baselines and the controls."""

import math
from collections.abc import Sequence
from html import escape

from msgui.benchmark.run import LEAST_CANDIDATES, Row
from msgui.benchmark.scores import Mean

# Okabe and Ito's colours, which people with any colour vision tell apart.
CONTROL, BASELINE, MODEL, INK, FAINT = "#9a9a9a", "#E69F00", "#0072B2", "#1c1c1c", "#dddddd"
CONTROL_WORDS = ("random", "blind", "no peaks", "foreign peaks", "own peaks")
BASELINE_WORDS = ("nearest neighbour", "strong neighbours", "explanation")
PANEL_WIDTH, GAP, BAR, LINE = 360, 30, 12, 22
LETTER_WIDTH = 6.6
TOP, BOTTOM = 56, 30


def figure(rows: Sequence[Row]) -> str:
    """Return the figure as SVG text: for each split a bar per method, Jaccard and hit@1.

    Whiskers are 95 % bootstrap intervals. The paler bar behind the neighbour of the paper is what
    it reaches on covered queries alone, with the coverage written beside it.
    """
    sections = list(dict.fromkeys((row.split, row.by) for row in rows))
    labels = 24 + round(LETTER_WIDTH * max(len(row.method) for row in rows)) if rows else 24
    width = labels + 2 * PANEL_WIDTH + 2 * GAP
    parts, y = list[str](), 0
    for split, by in sections:
        chosen = [row for row in rows if (row.split, row.by) == (split, by)]
        parts += _section(f"{split} split, candidates by {by}", chosen, labels, y)
        y += TOP + LINE * len(chosen) + BOTTOM
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" '
        f'viewBox="0 0 {width} {y}" font-family="DejaVu Sans, Arial, sans-serif" '
        f'font-size="11" fill="{INK}">'
    )
    paper = f'<rect width="{width}" height="{y}" fill="white"/>'
    return "\n".join([head, paper, *parts, "</svg>\n"])


def _section(title: str, rows: Sequence[Row], labels: int, top: int) -> list[str]:
    parts = [_text(8, top + 20, title, weight="bold", size=13)]
    few = LEAST_CANDIDATES[0]
    panels: tuple[tuple[str, list[Mean | None], list[float | None] | None], ...] = (
        ("Jaccard", [row.jaccard for row in rows], [row.jaccard_covered for row in rows]),
        (f"hit@1 (at least {few} candidates)", [r.retrieval[few].hit_1 for r in rows], None),
    )
    for line, row in enumerate(rows):
        y = top + TOP + LINE * line
        parts.append(_text(labels - 8, y + BAR - 2, row.method, anchor="end"))
    for number, (name, means, covered) in enumerate(panels):
        left = labels + number * (PANEL_WIDTH + GAP)
        parts += _panel(name, rows, means, covered, left, top)
    return parts


def _panel(
    name: str,
    rows: Sequence[Row],
    means: Sequence[Mean | None],
    covered: Sequence[float | None] | None,
    left: int,
    top: int,
) -> list[str]:
    known = [m.high for m in means if m is not None and m.n]
    known += [value for value in covered or () if value is not None]
    most = max([0.1, *(value for value in known if not math.isnan(value))])
    # Room for the words behind the longest bar.
    end = math.ceil(most * (16 if covered is not None else 12)) / 10
    scale = PANEL_WIDTH / end
    bottom = top + TOP + LINE * len(rows)
    parts = [_text(left, top + 38, name)]
    for tick in range(round(end * 10) + 1):
        x = left + tick / 10 * scale
        parts.append(f'<path d="M{x:.1f} {top + TOP - 8}V{bottom}" stroke="{FAINT}"/>')
        parts.append(_text(x, bottom + 14, f"{tick / 10:g}", anchor="middle"))
    for line, (row, mean) in enumerate(zip(rows, means, strict=True)):
        y = top + TOP + LINE * line
        on_covered = covered[line] if covered is not None else None
        reached = mean.high if mean is not None and mean.n else 0.0
        if on_covered is not None and row.covered is not None:
            reached = max(reached, on_covered)
            parts.append(_bar(left, y, on_covered * scale, _colour(row.method), 0.3))
        if mean is not None and mean.n:
            # What a leak inflates is drawn pale, like what coverage flatters.
            solid = 0.3 if row.seen else 1.0
            parts.append(_bar(left, y, mean.value * scale, _colour(row.method), solid))
            low, high = left + mean.low * scale, left + mean.high * scale
            parts.append(f'<path d="M{low:.1f} {y + BAR / 2}H{high:.1f}" stroke="{INK}"/>')
            label = f"{mean.value:.2f}"
            if on_covered is not None and row.covered is not None:
                label += f" ({on_covered:.2f} on {row.covered:.0%} covered)"
            if row.seen:
                label += f" (leak: {row.seen / max(1, row.spectra):.0%} were learned from)"
            parts.append(_text(left + reached * scale + 5, y + BAR - 2, label, size=10))
    return parts


def _colour(method: str) -> str:
    if any(word in method for word in CONTROL_WORDS):
        return CONTROL
    return BASELINE if method.startswith(BASELINE_WORDS) else MODEL


def _bar(x: float, y: float, width: float, colour: str, opacity: float) -> str:
    return (
        f'<rect x="{x}" y="{y}" width="{max(0.0, width):.1f}" height="{BAR}" fill="{colour}" '
        f'fill-opacity="{opacity:g}"/>'
    )


def _text(
    x: float, y: float, text: str, anchor: str = "start", weight: str = "normal", size: int = 11
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" '
        f'font-size="{size}">{escape(text)}</text>'
    )
