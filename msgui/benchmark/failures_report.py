"""What makes a model fail, as a table and as a page with figures."""

from collections.abc import Sequence
from html import escape

import numpy as np

import msgui
from msgui.benchmark.failures import (
    FACTORS,
    Failures,
    Group,
    groups_by,
    groups_of,
    joint_strengths,
    rank_correlations,
)
from msgui.export.templates import environment, style

WIDTH, LINE, LEFT, RIGHT = 640, 24, 250, 120


def failures_tsv(found: Failures) -> str:
    """Return one line a spectrum: its Jaccard index and what may explain it."""
    columns = ["accession", "inchikey14", "adduct", "analyser", "jaccard"]
    lines = ["\t".join([*columns, *(name.replace(" ", "_") for name, _ in FACTORS)])]
    for n in range(len(found)):
        values = ["" if np.isnan(v) else f"{v:.6g}" for v in found.factors[n]]
        texts = [found.accession[n], found.inchikey14[n], found.adduct[n], found.analyser[n]]
        lines.append("\t".join([*texts, f"{found.jaccard[n]:.6f}", *values]))
    return "\n".join(lines) + "\n"


def failures_page(found: Failures, about: Sequence[str], seed: int = 1) -> str:
    """Return the page: a whole HTML file without links to anything outside."""
    from markupsafe import Markup

    random = np.random.default_rng(seed)
    control = rank_correlations(found, random.permutation)
    strength, joint = rank_correlations(found), joint_strengths(found)
    order = np.argsort(-np.nan_to_num(np.abs(strength)), kind="stable")
    sections = [(FACTORS[f][0], groups_of(found, int(f)), strength[f]) for f in order]
    kinds = [
        ("adduct", groups_by(found, found.adduct)),
        ("analyser", groups_by(found, found.analyser)),
    ]
    return (
        environment()
        .get_template("failures.html.jinja")
        .render(
            version=msgui.__version__,
            style=style(),
            about=about,
            spectra=len(found),
            jaccard=f"{found.jaccard.mean():.3f}",
            rows=[
                (
                    FACTORS[f][0],
                    _number(strength[f]),
                    _number(joint[f]),
                    _number(control[f]),
                    _direction(strength[f]),
                )
                for f in order
            ],
            sections=[(name, Markup(bars(groups)), _table(groups)) for name, groups, _ in sections],
            kinds=[(name, Markup(bars(groups)), _table(groups)) for name, groups in kinds],
        )
    )


def _number(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:+.2f}"


def _direction(value: float) -> str:
    if np.isnan(value):
        return "not computed"
    return "better where it is high" if value > 0 else "worse where it is high"


def _table(groups: Sequence[Group]) -> list[tuple[str, str, str]]:
    rows = []
    for group in groups:
        mean = group.jaccard
        said = f"{mean.value:.3f} ({mean.low:.3f}–{mean.high:.3f})" if group.spectra else "–"
        rows.append((group.words, f"{group.spectra:,}", said))
    return rows


def bars(groups: Sequence[Group]) -> str:
    """Return a figure as SVG text: mean Jaccard of each group with its 95 % interval."""
    height = LINE * len(groups) + 8
    scale = WIDTH - LEFT - RIGHT
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-size="12" '
        'font-family="DejaVu Sans, Arial, sans-serif" fill="#1b1d21">'
    )
    parts = [head]
    for n, group in enumerate(groups):
        y, mean = 4 + LINE * n, group.jaccard
        parts.append(_text(LEFT - 8, y, group.words, ' text-anchor="end"'))
        if not group.spectra:
            parts.append(_text(LEFT, y, "no spectrum", ' fill="#5c626b"'))
            continue
        width, low, high = (scale * v for v in (mean.value, mean.low, mean.high))
        parts += [
            f'<rect x="{LEFT}" y="{y + 4}" width="{width:.1f}" height="14" fill="#0072b2"/>',
            f'<path d="M{LEFT + low:.1f} {y + 11}H{LEFT + high:.1f}" stroke="#1b1d21"/>',
            _text(LEFT + high + 8, y, f"{mean.value:.2f}, n {group.spectra}"),
        ]
    return "\n".join([*parts, "</svg>"])


def _text(x: float, top: float, words: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{top + 15:g}"{more}>{escape(words)}</text>'
