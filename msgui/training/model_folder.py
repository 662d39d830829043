"""From a trained network to a folder that msgui predicts with."""

import gzip
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from msgui.chemistry.adducts import parse_adduct
from msgui.chemistry.formula import Formula
from msgui.chemistry.subformulas import annotate_peaks
from msgui.errors import MsguiError
from msgui.prediction.card import (
    INFLUENCE_FILE,
    MEMORY_FILE,
    MODEL_FILE,
    MOLECULES_FILE,
    SEEN_FORMULAS_FILE,
    TASK,
    Card,
)
from msgui.prediction.inputs import (
    ANALYSERS,
    ENERGY_SCALE_EV,
    FORMULA_ELEMENTS,
    FRAGMENT_TOLERANCE_PPM,
)
from msgui.prediction.models import find_model
from msgui.progress import Step
from msgui.training.batches import TrainingArrays
from msgui.training.calibrate import Calibration, fit_calibration
from msgui.training.card_page import card_page
from msgui.training.card_scores import Array32, measure_side, predictions
from msgui.training.dataset import MAX_PEAKS, Dataset, sha256_of
from msgui.training.ensemble import best_share, merge_files, open_partner, partner_facts
from msgui.training.export_onnx import (
    Arrays,
    ExportCheck,
    Predictor,
    ShippedNetwork,
    check_export,
    export,
    molecule_encoder,
)
from msgui.training.influence_index import write_influence_index
from msgui.training.measures import (
    best_threshold,
    calibration_error,
    calibration_table,
    jaccard,
    molecule_weights,
)
from msgui.training.recipe import Recipe
from msgui.training.scoreboard import choose_queries
from msgui.training.splits import Split
from msgui.training.train import TrainedNetwork, predict_rows

_ENERGY_EDGES_EV = (0, 10, 20, 30, 40, 60, 80, 100, 150, 200)
_MASS_EDGES = (0, 100, 200, 300, 400, 500, 600, 800, 1000, 5000)

Rows = npt.NDArray[np.int64]


def write_model_folder(
    trained: TrainedNetwork,
    dataset: Dataset,
    split: Split,
    recipe: Recipe,
    folder: str | Path,
    *,
    structures: str | Path | None = None,
    more_scores: tuple[Mapping[str, Any], ...] = (),
) -> Iterator[Step | Card]:
    """Yield steps, and at the end the card of the folder that was written.

    Bits are calibrated and the threshold is chosen on the validation side; the measured table
    holds the validation side and, where the split has one, the test side, each beside the
    neighbour baselines and a control that sees no spectrum.

    Parameters
    ----------
    structures : path, optional
        Structure store from which candidates are ranked; without it ranks are not measured.
    more_scores : tuple of mapping
        Rows measured elsewhere (a run of the same recipe on another split).
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    network = trained.network.cpu()
    arrays = TrainingArrays.of(dataset, trained.adducts, len(ANALYSERS))
    train = np.flatnonzero(split.mask(dataset, "train"))
    validation = np.flatnonzero(split.mask(dataset, "validation"))
    yield Step(0, 0, "calibration")
    calibration = _calibrate(network, arrays, train, choose_queries(dataset, validation))
    shipped = ShippedNetwork(network, calibration)
    yield Step(0, 0, "export")
    check = export(shipped, folder / MODEL_FILE, len(trained.adducts), len(ANALYSERS))
    asked = choose_queries(dataset, validation)
    predict: Predictor = shipped.predict
    partner: dict[str, Any] = {}
    if recipe.together_with:
        predict, partner = _average(shipped, recipe, trained, split, arrays, asked, folder)
        check = check_export(predict, folder / MODEL_FILE, len(trained.adducts), len(ANALYSERS))
    threshold, described = _threshold(predict, arrays, asked)
    # A molecule's half that was never trained says nothing.
    encoder = molecule_encoder(network) if recipe.training.matching_weight > 0 else None
    scores: list[Mapping[str, Any]] = []
    for side in ("test", "validation"):
        rows = choose_queries(dataset, np.flatnonzero(split.mask(dataset, side)))
        if rows.size:
            label = f"{split.kind} {side}"
            scores += yield from measure_side(
                predict, arrays, train, rows, threshold, label, recipe.name, structures, encoder
            )
    if encoder is not None:
        encoder.save(folder / MOLECULES_FILE)
    yield from _write_memory(shipped.predict, arrays, train, folder / MEMORY_FILE)
    yield from write_influence_index(predict, arrays, train, folder / INFLUENCE_FILE)
    yield from _write_seen_formulas(dataset, train, folder / SEEN_FORMULAS_FILE)
    card = Card(
        name=recipe.name,
        version=recipe.version,
        title=recipe.title,
        description=recipe.description,
        licence=recipe.licence,
        task=TASK,
        threshold=threshold,
        embedding_size=network.size.embedding,
        inputs=_INPUT_SHAPES,
        outputs={
            "probability": ("batch", network.size.bits),
            "embedding": ("batch", network.size.embedding),
        },
        elements=FORMULA_ELEMENTS,
        adducts=trained.adducts,
        instruments=ANALYSERS,
        max_peaks=MAX_PEAKS,
        training=_training_facts(dataset, train, trained, recipe),
        split={
            "kind": split.kind,
            "seed": split.seed,
            "sha256": split.sha256,
            "sides": dict(Counter(split.side.values())),
        },
        histograms=histograms(dataset, train),
        calibration=described,
        scores=(*scores, *more_scores),
        files=_digests(folder),
    )
    exact = ShippedNetwork(network, calibration, in_bytes=False)
    facts = _check_facts(check) | _size_facts(exact, shipped, arrays, validation, card)
    card = replace(card, training={**card.training, "export": facts, **partner})
    card.save(folder)
    (folder / "README.md").write_text(card_page(card), encoding="utf-8")
    yield card


_INPUT_SHAPES: dict[str, tuple[int | str, ...]] = {
    "mz": ("batch", "peaks"),
    "intensity": ("batch", "peaks"),
    "fragment": ("batch", "peaks", len(FORMULA_ELEMENTS)),
    "precursor_mz": ("batch",),
    "formula": ("batch", len(FORMULA_ELEMENTS)),
    "adduct": ("batch",),
    "instrument": ("batch",),
    "energy": ("batch", 2),
}


def _digests(folder: Path) -> dict[str, str]:
    names = (MODEL_FILE, MEMORY_FILE, INFLUENCE_FILE, SEEN_FORMULAS_FILE, MOLECULES_FILE)
    return {name: sha256_of(folder / name) for name in names if (folder / name).is_file()}


def _check_facts(check: ExportCheck) -> dict[str, Any]:
    return {
        "checked_shapes": [list(shape) for shape in check.shapes],
        "largest_difference_to_torch": float(f"{check.largest_difference:.2g}"),
        "largest_difference_with_padding": float(f"{check.largest_padding_difference:.2g}"),
    }


def _average(
    shipped: ShippedNetwork,
    recipe: Recipe,
    trained: TrainedNetwork,
    split: Split,
    arrays: TrainingArrays,
    asked: Rows,
    folder: Path,
) -> tuple[Predictor, dict[str, Any]]:
    """Average the exported file with another model; return how to predict, and what to say."""
    other = open_partner(find_model(recipe.together_with), trained.adducts, split.sha256)
    mine, _ = predictions(shipped.predict, arrays, asked)
    theirs, _ = predictions(other.run, arrays, asked)
    weight = molecule_weights(arrays.dataset.molecule[asked])
    share = best_share(mine, theirs, arrays.targets(asked), weight)
    merge_files(folder / MODEL_FILE, other.folder / MODEL_FILE, share)

    def predict(inputs: Arrays) -> tuple[Array32, Array32]:
        first, embedding = shipped.predict(inputs)
        return share * first + (1.0 - share) * other.run(inputs)[0], embedding

    return predict, {"together_with": partner_facts(other, share)}


def _size_facts(
    exact: ShippedNetwork,
    shipped: ShippedNetwork,
    arrays: TrainingArrays,
    validation: Rows,
    card: Card,
) -> dict[str, Any]:
    """Return what storing weights in one byte each saves and costs."""
    rows = choose_queries(arrays.dataset, validation)
    truth = arrays.targets(rows)
    found = [
        float(jaccard(predictions(net.predict, arrays, rows)[0], truth, card.threshold).mean())
        for net in (exact, shipped)
    ]
    return {
        "float32_megabytes": round(4e-6 * sum(p.numel() for p in exact.parameters()), 1),
        "float32_validation_jaccard": round(found[0], 4),
        "validation_jaccard": round(found[1], 4),
    }


def _calibrate(network: Any, arrays: TrainingArrays, train: Rows, validation: Rows) -> Calibration:
    dataset = arrays.dataset
    found = [(rows, logits) for rows, logits, _ in predict_rows(network, arrays, validation)]
    rows = np.concatenate([part for part, _ in found])
    logits = np.concatenate([part for _, part in found])
    molecules = np.unique(dataset.molecule[train])
    bits = np.unpackbits(dataset.molecules.fingerprints[molecules], axis=1)
    weight = molecule_weights(dataset.molecule[rows])
    return fit_calibration(logits, arrays.targets(rows), weight, bits.mean(0))


def _threshold(
    predict: Predictor, arrays: TrainingArrays, rows: Rows
) -> tuple[float, dict[str, Any]]:
    probability, _ = predictions(predict, arrays, rows)
    truth = arrays.targets(rows)
    weight = molecule_weights(arrays.dataset.molecule[rows])
    table = calibration_table(probability, truth)
    described = {
        "method": "Platt scaling of bits of like frequency, on the validation side",
        "expected_calibration_error": round(calibration_error(table), 4),
        "table": [asdict(row) for row in table],
    }
    return best_threshold(probability, truth, weight), described


def _training_facts(
    dataset: Dataset, train: Rows, trained: TrainedNetwork, recipe: Recipe
) -> dict[str, Any]:
    molecules = np.unique(dataset.molecule[train])
    return {
        "data": ", ".join(dataset.source["files"]),
        "sha256": dataset.source["sha256"],
        "found": dataset.source["found"],
        "dropped": dataset.source["dropped"],
        "spectra": int(train.size),
        "structures": int(molecules.size),
        "formulas": len({dataset.molecules.formula[m] for m in molecules}),
        "licences": dict(Counter(dataset.licence[train].tolist()).most_common()),
        "network": recipe.network,
        "parameters": sum(p.numel() for p in trained.network.parameters()),
        "best_pass": trained.best_pass,
        "recipe": recipe.as_dict(),
    }


def histograms(dataset: Dataset, rows: Rows) -> dict[str, dict[str, int]]:
    """Return how many training spectra there are of each adduct, analyser, energy and mass."""
    energy = dataset.energy[rows]
    known = energy[energy[:, 1] > 0, 0] * ENERGY_SCALE_EV
    by_energy = _binned(known, _ENERGY_EDGES_EV, "eV")
    by_energy["unknown"] = int((energy[:, 1] == 0).sum())
    analysers = Counter(ANALYSERS[a] for a in dataset.analyser[rows].tolist())
    return {
        "adduct": dict(Counter(dataset.adduct[rows].tolist()).most_common()),
        "instrument": dict(analysers.most_common()),
        "energy": by_energy,
        "precursor_mz": _binned(dataset.precursor_mz[rows], _MASS_EDGES, "m/z"),
    }


def _binned(values: npt.NDArray[np.floating], edges: tuple[int, ...], unit: str) -> dict[str, int]:
    counts, _ = np.histogram(values, edges)
    names = [f"{a}-{b} {unit}" for a, b in pairwise(edges)]
    return {name: int(count) for name, count in zip(names, counts, strict=True)}


def _write_memory(
    predict: Predictor, arrays: TrainingArrays, train: Rows, path: Path
) -> Iterator[Step]:
    dataset, parts = arrays.dataset, []
    for start in range(0, train.size, 2048):
        parts.append(predictions(predict, arrays, train[start : start + 2048])[1])
        yield Step(start, train.size, "memory")
    embedding = np.concatenate(parts)
    scale = float(np.abs(embedding).max()) / 127
    molecules, structure = np.unique(dataset.molecule[train], return_inverse=True)
    known = dataset.molecules
    np.savez_compressed(
        path,
        embedding=np.round(embedding / scale).astype(np.int8),
        scale=np.float32(scale),
        structure=structure.astype(np.int32),
        smiles=np.array([known.smiles[m] for m in molecules]),
        inchikey14=np.array([known.inchikey14[m] for m in molecules]),
        formula=np.array([known.formula[m] for m in molecules]),
        name=np.array([known.name[m] for m in molecules]),
        accession=dataset.accession[train],
        adduct=dataset.adduct[train],
        instrument=dataset.instrument[train],
        energy=dataset.energy_text[train],
    )


def _write_seen_formulas(dataset: Dataset, train: Rows, path: Path) -> Iterator[Step]:
    """Write the ion formulas of all annotated training peaks, one a line, Hill order."""
    seen: set[str] = set()
    ions: dict[tuple[int, str], list[int]] = {}
    for row in train.tolist():
        ions.setdefault((int(dataset.molecule[row]), str(dataset.adduct[row])), []).append(row)
    done = 0
    for (molecule, name), rows in ions.items():
        adduct = parse_adduct(name)
        mz = np.concatenate([dataset.peaks_of(row)[0] for row in rows]).astype(np.float64)
        try:
            ion = adduct.ion_formula(Formula.parse(dataset.molecules.formula[molecule]))
            found = annotate_peaks(np.unique(mz), ion, adduct, FRAGMENT_TOLERANCE_PPM)
        except MsguiError:
            # An ion too large to enumerate names no fragment.
            continue
        seen.update(str(peak[0].formula) for peak in found.matches if peak)
        done += len(rows)
        yield Step(done, train.size, "fragment formulas")
    # No time stamp: the same training gives the same bytes.
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as file:
        file.write("\n".join(sorted(seen)).encode("ascii") + b"\n")
