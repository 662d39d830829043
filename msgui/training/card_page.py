"""A model's card as a page that a person reads."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgui.prediction.card import Card

_RETRIEVAL = ("hit_1_of_2", "hit_1_of_10")


_HEAD = """# {title} ({name} {version})

{description}

- Weights: {licence}. Trained on {spectra:,} spectra of {structures:,} structures from
  {data} ({licences}).
- Left out: {dropped}.
- Held out by: {kind} ({sides}), split {split:.12}.
- Predicts the {bits} bits of a Morgan fingerprint of radius {radius}; a bit counts as set above
  {threshold:g}, chosen on validation.
- Calibration error {calibration_error:.3f} over bits predicted at 1 % and more.
- The exported file differs from the network by {difference:g} at most, and by {padding:g} when
  spectra are padded.
{stored}
## Measured

Jaccard index of predicted and true bits; at most five spectra of a molecule; the interval comes
from resampling molecules. Hits are among structures of the true formula, ties at their expected
rank, by the log-likelihood of the fingerprint alone (no fragments), or by the match of spectrum and
molecule where the row says so. The library of both neighbour methods holds the same training
spectra. Rows on a scaffold split were measured on a twin of the model: the same recipe, trained
without the scaffolds that it was tested on.
"""

_STORED = """- Weights are stored in one byte each; in float32 the network alone would take
  {float32_megabytes:g} MB and reach a Jaccard index of {float32_validation_jaccard:.4f} on
  validation, instead of {validation_jaccard:.4f}.
"""

_TOGETHER = """- Its probabilities are averaged with those of {model} (share {share:g}, chosen on
  validation).
"""

_TAIL = """
## Train it again

```
msgui train --data {data} --recipe {name}{store} --out runs/{name}
```
"""


def card_page(card: Card) -> str:
    """Return the card as Markdown: what the model is, learned from, and how it was measured."""
    facts, export = card.training, card.training["export"]
    head = _HEAD.format(
        title=card.title or card.name,
        name=card.name,
        version=card.version,
        description=card.description,
        licence=card.licence or "no licence stated",
        spectra=facts["spectra"],
        structures=facts["structures"],
        data=facts["data"],
        licences=_counts(facts["licences"]),
        dropped=_counts(facts["dropped"]) or "nothing",
        kind=card.split["kind"],
        sides=_counts(card.split["sides"]),
        split=str(card.split["sha256"]),
        bits=card.bits,
        radius=card.radius,
        threshold=card.threshold,
        calibration_error=card.calibration["expected_calibration_error"],
        difference=export["largest_difference_to_torch"],
        padding=export["largest_difference_with_padding"],
        stored=_more(facts),
    )
    tables = [
        _table([row for row in card.scores if row["data"] == data])
        for data in dict.fromkeys(row["data"] for row in card.scores)
    ]
    simulated = facts.get("recipe", {}).get("simulation", {}).get("structures", 0)
    store = " --structures structures.parquet" if simulated else ""
    tail = _TAIL.format(data=facts["data"], name=card.name, store=store)
    return head + "".join(tables) + tail


def _more(facts: Mapping[str, Any]) -> str:
    """Return the lines that not every model has."""
    export, partner = facts["export"], facts.get("together_with")
    stored = _STORED.format(**export) if "float32_megabytes" in export else ""
    return stored + (_TOGETHER.format(**partner) if partner else "")


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


_TABLE = """
### {data}: {spectra:,} spectra of {molecules:,} molecules

{coverage:.0%} of the queries have a training spectrum of their formula.

"""


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    first = rows[0]
    ranked = all(name in first for name in _RETRIEVAL)
    title = _TABLE.format(
        data=str(first["data"]).capitalize(),
        spectra=first["spectra"],
        molecules=first["molecules"],
        coverage=first["same_formula_coverage"],
    )
    heads = ["method", "Jaccard (95 %)", "per molecule"]
    if ranked:
        heads.append(f"hit@1, 2 or more candidates ({first['queries_of_2']:,})")
        heads.append(f"hit@1, 10 or more ({first['queries_of_10']:,})")
    lines = [heads, ["---"] * len(heads)]
    for row in rows:
        interval = f"({row['jaccard_low']:.3f}-{row['jaccard_high']:.3f})"
        cells = [row["method"], f"{row['jaccard']:.3f} {interval}"]
        cells.append(f"{row['jaccard_molecules']:.3f}")
        cells += [f"{row[name]:.3f}" for name in _RETRIEVAL if ranked]
        lines.append(cells)
    if ranked:
        by_chance = [f"{first[f'random_1_of_{least}']:.3f}" for least in (2, 10)]
        lines.append(["random order", "", "", *by_chance])
    return title + "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
