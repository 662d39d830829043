"""The tables of the ranking, as TSV for programs and Markdown for people."""

import math
from collections.abc import Iterable, Sequence

from msgui.benchmark.ranking import FAIR_LENGTH, GroupRow, RankingRow
from msgui.benchmark.run import LEAST_CANDIDATES, Retrieval
from msgui.benchmark.scores import Mean

_PLACES = (
    "queries", "candidates", "hit1", "hit1_low", "hit1_high", "hit5", "hit10", "hit20", "mrr",
)  # fmt: skip
_AMONG = ("among_queries", "among", "among_low", "among_high")
RANKING_COLUMNS = (
    "side", "by", "method", "molecules", "seen",
    *(f"{name}_{least}" for least in LEAST_CANDIDATES for name in _PLACES),
    *_AMONG, "gain_of_all", "gain_low", "gain_high",
)  # fmt: skip
GROUP_COLUMNS = ("side", "by", "quality", "group", "molecules", *_PLACES, *_AMONG)

EXPLANATIONS = f"""\
Truth at hit@k and MRR: place of the true structure among the candidates of the store, one for each
first InChIKey block, ties at their expected place under random order; lists of two (ten) or more.
Brackets are 95 % bootstrap intervals over molecules. Names, sources and the order of the store are
not shown to any method, and truth and others are written alike.

First of {FAIR_LENGTH}: the same when every list of {FAIR_LENGTH} or more is thinned at random to
{FAIR_LENGTH}, the truth among them, so that random order gives {1 / FAIR_LENGTH:.3f} whatever the
length of the list: sides and groups with lists of different length can be compared by it.

Gain of all: hit@1 of all evidence less that of the row, on the same queries. Where one kind is left
out this is what it adds.

Blind knows which structures look like measured compounds and never sees the spectrum. Foreign peaks
are those of another compound of the same formula and adduct: what looks at the spectrum falls to
blind or below. The weights of the evidence were fitted on the validation side, so that side
flatters; the test side was not used for any fit.
"""


def ranking_tsv(rows: Iterable[RankingRow]) -> str:
    """Return the lines of methods as tab-separated text with a header."""
    return _lines(
        RANKING_COLUMNS,
        (
            [
                row.side, row.by, row.method, str(row.molecules), str(row.seen),
                *(cell for least in LEAST_CANDIDATES for cell in _places(row.retrieval[least])),
                *_among(row.among),
                *(_mean(row.gain) if row.gain is not None else ("", "", "")),
            ]
            for row in rows
        ),
    )  # fmt: skip


def group_tsv(rows: Iterable[GroupRow]) -> str:
    """Return the lines of groups as tab-separated text with a header."""
    return _lines(
        GROUP_COLUMNS,
        (
            [
                row.side, row.by, row.quality, row.group, str(row.molecules),
                *_places(row.retrieval), *_among(row.among),
            ]
            for row in rows
        ),
    )  # fmt: skip


def ranking_markdown(
    rows: Sequence[RankingRow], groups: Sequence[GroupRow], about: Sequence[str] = ()
) -> str:
    """Return all tables as Markdown, with what the words mean."""
    parts = ["# Ranking of candidates\n", *(f"- {line}" for line in about), ""]
    for side, by in dict.fromkeys((row.side, row.by) for row in rows):
        mine = [row for row in rows if (row.side, row.by) == (side, by)]
        for least in LEAST_CANDIDATES:
            parts.append(f"## {side} side, candidates by {by}, {least} or more\n")
            parts += _methods(mine, least)
        parts.append(f"## {side} side, candidates by {by}, all evidence by group\n")
        parts.append(
            "| | | spectra | molecules | candidates | hit@1 | hit@5 | "
            f"MRR | first of {FAIR_LENGTH} |\n|---|---|--:|--:|--:|--:|--:|--:|--:|"
        )
        parts += [_group(row) for row in groups if (row.side, row.by) == (side, by)]
        parts.append("")
    return "\n".join([*parts, EXPLANATIONS])


def _methods(rows: Sequence[RankingRow], least: int) -> list[str]:
    head = "| evidence | spectra | candidates | hit@1 | hit@5 | hit@10 | hit@20 | MRR | "
    lines = [f"{head}first of {FAIR_LENGTH} | gain of all |", f"|---|{'--:|' * 9}"]
    for row in rows:
        found = row.retrieval[least]
        gain = row.gain if least == LEAST_CANDIDATES[0] else None
        cells = [
            row.method + (f" (leak: {row.seen} known)" if row.seen else ""),
            f"{found.queries:,}",
            f"{found.median_candidates:g}",
            _interval(found.hit_1),
            *map(_short, (found.hit_5, found.hit_10, found.hit_20, found.mean_reciprocal_rank)),
            _interval(row.among),
            _interval(gain),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def _group(row: GroupRow) -> str:
    found = row.retrieval
    cells = [
        row.quality,
        row.group,
        f"{found.queries:,}",
        f"{row.molecules:,}",
        f"{found.median_candidates:g}",
        _interval(found.hit_1),
        _short(found.hit_5),
        _short(found.mean_reciprocal_rank),
        _interval(row.among),
    ]
    return f"| {' | '.join(cells)} |"


def _lines(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(["\t".join(columns), *("\t".join(row) for row in rows)]) + "\n"


def _places(found: Retrieval) -> tuple[str, ...]:
    return (
        str(found.queries),
        f"{found.median_candidates:g}" if found.queries else "",
        *_mean(found.hit_1),
        *map(_number, (found.hit_5, found.hit_10, found.hit_20, found.mean_reciprocal_rank)),
    )


def _among(mean: Mean) -> tuple[str, ...]:
    return (str(mean.n), *_mean(mean))


def _mean(mean: Mean) -> tuple[str, str, str]:
    return _number(mean.value), _number(mean.low), _number(mean.high)


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.4f}"


def _short(value: float) -> str:
    if math.isnan(value):
        return ""
    return f"{value:.3f}".replace("0.", ".", 1)


def _interval(mean: Mean | None) -> str:
    if mean is None or not mean.n:
        return ""
    return f"{_short(mean.value)} ({_short(mean.low)} to {_short(mean.high)})"
