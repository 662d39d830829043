"""``msgui bench intensities``: how like measured spectra the expected ones are."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from msgui.commands.console import Console
from msgui.errors import MsguiError
from msgui.progress import Step

if TYPE_CHECKING:
    from msgui.benchmark.intensities import LikenessRow
    from msgui.benchmark.queries import Query
    from msgui.benchmark.scores import Mean
    from msgui.library.store import Library

HEADER = "| | | method | spectra | molecules | cosine | entropy similarity |"
EXPLANATION = """\
Cosine of square roots of intensities, and weighted entropy similarity, of measured and expected
spectra, 0 to 1 with 95 % bootstrap intervals over molecules; peaks within 0.01 Da, precursor and
isotope peaks left out. Only compounds that the model has not learned from and whose Murcko scaffold
no compound of the training side has; spectra with two decimals or fewer are left out.

The copy is the spectrum of the training side's compound with the most similar structure (Tanimoto
of Morgan fingerprints) among those measured with the same adduct, at the nearest collision energy.
The same ions, equally high: those that the model expects at .01 % of the highest or more, without
their heights. Boosted trees: sums over the atoms and cut bonds of pieces of up to two cuts, learned
from a sample of the training side (all licences); the network learned from the free ones of it.
"""


def run(options: argparse.Namespace) -> int:
    """Measure, write, and return the exit code."""
    from msgui.benchmark.intensities import LikenessRow, Method, compare_intensities
    from msgui.benchmark.queries import find_queries, sides
    from msgui.benchmark.trees import learn_trees
    from msgui.commands.bench import about, choose_splits, open_data
    from msgui.commands.train_ranking import returned
    from msgui.export.files import write_text
    from msgui.prediction.forward_models import open_forward_model
    from msgui.prediction.ion_tolerance import is_coarse
    from msgui.prediction.models import open_model

    console, out = Console(as_json=options.json), Path(options.out)
    if len(options.splits) != 1:
        raise MsguiError("Expected spectra are measured on one split.", "Name one with --splits.")
    models = [open_model(name, options.provider) for name in options.models]
    forward = open_forward_model(options.forward)
    library = open_data(options.data, console)
    out.mkdir(parents=True, exist_ok=True)
    (split,) = choose_splits(options, library, models, out, console, forward)
    accessions = sides(split.side)
    reference = library.only(accessions["train"])
    words = about(options, library, [split], models, None, forward)
    parts = ["# Expected intensities\n", *(f"- {word}" for word in words), ""]
    others = dict[str, Method]()
    if options.trees:
        known = find_queries(library, accessions["train"], options.trees, options.seed)
        title = f"boosted trees of {len(known):,} spectra"
        others[title] = returned(learn_trees(known, options.seed), console)
    for side in options.sides:
        asked = [
            query
            for query in _of_new_scaffolds(find_queries(library, accessions[side]), reference)
            if not forward.knows(query.inchikey14) and not is_coarse(query.spectrum.mz)
        ]
        rows = list[LikenessRow]()
        for event in compare_intensities(_sample(asked, options), reference, forward, others):
            if isinstance(event, Step):
                console.step(event)
            else:
                rows.append(event)
        parts += [f"## {side} side\n", HEADER, f"|---|---|---|{'--:|' * 4}", *map(_line, rows), ""]
        for row in (row for row in rows if not row.quality):
            console.say(
                f"{side}: {row.method}: cosine {row.cosine.value:.3f}, entropy similarity "
                f"{row.entropy.value:.3f}, {row.cosine.n} spectra of {row.molecules} compounds"
            )
    write_text(out / "intensities.md", "\n".join([*parts, EXPLANATION]))
    console.say(f"The table is in {out / 'intensities.md'}.")
    return 0


def _of_new_scaffolds(queries: "list[Query]", reference: "Library") -> "list[Query]":
    """Return the queries whose scaffold no compound of the reference has."""
    import numpy as np

    from msgui.training.splits import scaffold_of

    rows = np.flatnonzero(reference.allowed(None))
    numbers = np.unique(reference.molecule_of_row[rows]).tolist()
    texts = (reference.molecule(number).smiles for number in numbers)
    known = {scaffold_of(text) for text in texts if text}
    own = {query.smiles: scaffold_of(query.smiles) for query in queries}
    return [query for query in queries if own[query.smiles] not in known]


def _sample(queries: "list[Query]", options: argparse.Namespace) -> "list[Query]":
    import numpy as np

    if not options.queries or len(queries) <= options.queries:
        return queries
    order = np.random.default_rng(options.seed).permutation(len(queries))
    return [queries[i] for i in np.sort(order[: options.queries]).tolist()]


def _line(row: "LikenessRow") -> str:
    def shown(mean: "Mean") -> str:
        return f"{mean.value:.3f} ({mean.low:.3f} to {mean.high:.3f})"

    cells = [
        row.quality or "all",
        row.group,
        row.method,
        f"{row.cosine.n:,}",
        f"{row.molecules:,}",
        shown(row.cosine),
        shown(row.entropy),
    ]
    return f"| {' | '.join(cells)} |"
