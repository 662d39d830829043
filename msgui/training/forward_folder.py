"""From a trained forward network to a folder that msgui predicts with."""

import gzip
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from msgui.prediction.card import CARD_FILE, FORWARD_FILE
from msgui.prediction.forward import SEEN_STRUCTURES_FILE, TASK, inputs_of_this_version
from msgui.training.dataset import Dataset, sha256_of
from msgui.training.forward_ranking import AMONG, RankingReport
from msgui.training.forward_recipe import ForwardRecipe
from msgui.training.forward_training import TrainedForward
from msgui.training.model_folder import histograms
from msgui.training.splits import Split

AGREEMENT = "agreement of measured and expected intensities"
AMONG_ISOMERS = f"truth first among at most {AMONG} other structures of its formula"


def write_forward_folder(
    trained: TrainedForward,
    dataset: Dataset,
    split: Split,
    recipe: ForwardRecipe,
    folder: str | Path,
    ranked: Sequence[RankingReport] = (),
) -> Mapping[str, Any]:
    """Write weights, the structures learned from, and the card; return the card."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    state = trained.network.state_dict()
    weights = {name: tensor.numpy() for name, tensor in state.items()}
    np.savez_compressed(folder / FORWARD_FILE, allow_pickle=False, **weights)
    keys = sorted(dataset.molecules.inchikey14[number] for number in trained.molecules)
    # No time stamp: the same training gives the same bytes.
    with (
        (folder / SEEN_STRUCTURES_FILE).open("wb") as raw,
        gzip.GzipFile("", "wb", 9, raw, mtime=0) as file,
    ):
        file.write("\n".join(keys).encode("ascii") + b"\n")
    train = np.flatnonzero(split.mask(dataset, "train"))
    files = (FORWARD_FILE, SEEN_STRUCTURES_FILE)
    card = {
        "name": recipe.name,
        "version": recipe.version,
        "title": recipe.title,
        "description": recipe.description,
        "licence": recipe.licence,
        "task": TASK,
        "max_bonds": recipe.training.max_bonds,
        "inputs": inputs_of_this_version(),
        "training": _facts(dataset, train, trained, recipe),
        "split": {
            "kind": split.kind,
            "seed": split.seed,
            "sha256": split.sha256,
            "sides": dict(Counter(split.side.values())),
        },
        "histograms": histograms(dataset, train),
        "scores": _scores(trained, split.kind, ranked),
        "files": {name: sha256_of(folder / name) for name in files},
    }
    text = json.dumps(card, indent=1, ensure_ascii=False)
    (folder / CARD_FILE).write_text(text + "\n", encoding="utf-8")
    (folder / "README.md").write_text(_page(card), encoding="utf-8")
    return card


def _scores(
    trained: TrainedForward, kind: str, ranked: Sequence[RankingReport]
) -> list[dict[str, Any]]:
    last = trained.reports[-1]
    rows = [
        ("train", AGREEMENT, last.agreement),
        ("validation", AGREEMENT, last.validation_agreement),
    ]
    if ranked:
        rows.append(("validation", AMONG_ISOMERS, ranked[-1].validation_first))
    return [
        {"data": f"{kind} {side}", "measure": measure, "value": round(value, 4)}
        for side, measure, value in rows
    ]


_PAGE = """# {title} ({name} {version})

{description}

- Weights: {licence}. Trained on {spectra:,} spectra of {structures:,} structures from {data}
  ({licences}).
- Held out: {kind} split {split:.12} ({sides}).
- Fragments: up to {max_bonds} bonds cut; {parameters:,} parameters.
- Scores (of square roots of intensities, 0 to 1, precursor and isotopes left out):
{scores}

What it adds to the ranking of candidates is printed by `msgui bench`.

## Train it again

```
msgui train --task forward --data {data} --structures structures.parquet --recipe {name} \\
    --out runs/{name}
```
"""


def _page(card: Mapping[str, Any]) -> str:
    """Return the card as a page that a person reads."""
    facts, split = card["training"], card["split"]
    return _PAGE.format(
        **{key: card[key] for key in ("name", "version", "title", "description", "licence")},
        **{key: facts[key] for key in ("spectra", "structures", "data", "parameters")},
        max_bonds=card["max_bonds"],
        licences=", ".join(f"{name} {count:,}" for name, count in facts["licences"].items()),
        kind=split["kind"],
        split=split["sha256"],
        sides=", ".join(f"{name} {count:,}" for name, count in split["sides"].items()),
        scores="\n".join(
            f"  - {row['measure']}, {row['data']}: {row['value']:.3f}" for row in card["scores"]
        ),
    )


def _facts(
    dataset: Dataset,
    train: npt.NDArray[np.int64],
    trained: TrainedForward,
    recipe: ForwardRecipe,
) -> dict[str, Any]:
    return {
        "data": ", ".join(dataset.source["files"]),
        "sha256": dataset.source["sha256"],
        "found": dataset.source["found"],
        "dropped": dataset.source["dropped"],
        "spectra": trained.spectra,
        "structures": len(trained.molecules),
        "licences": dict(Counter(dataset.licence[train].tolist()).most_common()),
        "parameters": sum(tensor.numel() for tensor in trained.network.parameters()),
        "recipe": recipe.as_dict(),
    }
