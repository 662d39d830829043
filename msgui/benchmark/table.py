"""The benchmark's table, as TSV for programs and Markdown for people."""

import math
from collections.abc import Iterable, Sequence

from msgui.benchmark.run import LEAST_CANDIDATES, Row
from msgui.benchmark.scores import Mean

PLACES = ("queries", "candidates", "hit1", "hit1_low", "hit1_high", "hit5", "hit10", "hit20", "mrr")
COLUMNS = (
    "split", "by", "method", "spectra", "molecules", "seen", "covered", "jaccard", "jaccard_low",
    "jaccard_high", "jaccard_covered", "jaccard_per_molecule", "threshold",
    *(
        f"{name}_{least}"
        for least in LEAST_CANDIDATES
        for name in PLACES
    ),
    "note",
)  # fmt: skip

EXPLANATIONS = """\
Jaccard: mean over spectra of predicted against true bits (Morgan, radius 2, 4096 bits), with the
95 % bootstrap interval over molecules; the threshold of every method was chosen on the validation
side of the split.

Covered: share of queries for which the training side has a spectrum of the same formula. The
neighbour of the paper answers those; for the others the nearest spectrum of any formula stands in,
so that every method is averaged over the same queries.

Hit@k and MRR: place of the true structure among the candidates of the store, one for each first
InChIKey block, ties at their expected place under random order; only queries with at least 2 (10)
candidates. Names, sources and the order of the store are not shown to any method.

Controls: random order; blind (structure only) knows which structures look like measured compounds
and never sees the spectrum; no peaks asks the model with an empty spectrum; foreign peaks gives it
the peaks of another compound of the same formula (own peaks of these: the same queries with their
own peaks).
"""


def values(row: Row) -> list[str]:
    """Return the cells of a line, in the order of ``COLUMNS``; empty for what is not known."""
    jaccard = row.jaccard
    cells = [
        row.split,
        row.by,
        row.method,
        str(row.spectra),
        str(row.molecules),
        str(row.seen),
        _number(row.covered),
        *(_mean(jaccard) if jaccard is not None else ("", "", "")),
        _number(row.jaccard_covered),
        _number(row.jaccard_per_molecule),
        _number(row.threshold),
    ]
    for least in LEAST_CANDIDATES:
        found = row.retrieval.get(least)
        if found is None or not found.queries:
            cells += [str(found.queries) if found else "", *[""] * 8]
            continue
        cells += [
            str(found.queries),
            f"{found.median_candidates:g}",
            *_mean(found.hit_1),
            _number(found.hit_5),
            _number(found.hit_10),
            _number(found.hit_20),
            _number(found.mean_reciprocal_rank),
        ]
    return [*cells, row.note]


def tsv(rows: Iterable[Row]) -> str:
    """Return the table as tab-separated text with a header."""
    lines = ["\t".join(COLUMNS), *("\t".join(values(row)) for row in rows)]
    return "\n".join(lines) + "\n"


def markdown(rows: Sequence[Row], about: Sequence[str] = (), picture: str = "") -> str:
    """Return the table as Markdown, one section for each split, with what the words mean.

    Parameters
    ----------
    about : sequence of str
        Lines on data, models and store that stand above the tables.
    picture : str
        Name of the figure's file beside the text, empty without one.
    """
    parts = ["# Benchmark\n", *(f"- {line}" for line in about), ""]
    if picture:
        parts.append(f"![The same as a figure]({picture})\n")
    sections = dict.fromkeys((row.split, row.by) for row in rows)
    for split, by in sections:
        parts.append(f"## {split} split, candidates by {by}\n")
        parts.append(
            "| method | spectra | molecules | covered | Jaccard | on covered | per molecule "
            "| hit@1 (≥ 2) | hit@5 | hit@10 | hit@20 | MRR | hit@1 (≥ 10) | candidates | |"
        )
        parts.append("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|")
        parts += [_line(row) for row in rows if (row.split, row.by) == (split, by)]
        parts.append("")
    return "\n".join([*parts, EXPLANATIONS])


def _line(row: Row) -> str:
    many, few = row.retrieval[LEAST_CANDIDATES[1]], row.retrieval[LEAST_CANDIDATES[0]]
    pool = f"{few.median_candidates:g}" if few.queries else ""
    cells = [
        row.method,
        f"{row.spectra:,}",
        f"{row.molecules:,}",
        f"{row.covered:.0%}" if row.covered is not None else "",
        _interval(row.jaccard),
        _short(row.jaccard_covered),
        _short(row.jaccard_per_molecule),
        _interval(few.hit_1),
        _short(few.hit_5),
        _short(few.hit_10),
        _short(few.hit_20),
        _short(few.mean_reciprocal_rank),
        _interval(many.hit_1),
        pool,
        row.note,
    ]
    return f"| {' | '.join(cells)} |"


def _mean(mean: Mean) -> tuple[str, str, str]:
    return _number(mean.value), _number(mean.low), _number(mean.high)


def _number(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else f"{value:.4f}"


def _short(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else f"{value:.3f}".lstrip("0")


def _interval(mean: Mean | None) -> str:
    if mean is None or not mean.n:
        return ""
    return f"{_short(mean.value)} ({_short(mean.low)}–{_short(mean.high)})"
