"""Simulated spectra before measured ones: which structures, how they are validated, what stays."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from msgui.chemistry.formula import Formula
from msgui.errors import MsguiError
from msgui.progress import Step
from msgui.structures.store import StructureStore
from msgui.structures.structure import Structure
from msgui.training.dataset import Dataset, Molecules
from msgui.training.networks import SpectrumNetwork
from msgui.training.recipe import Simulation
from msgui.training.simulate import fit_peak_chances, simulate
from msgui.training.splits import Split, scaffold_of

# All structures between 90 and 900 Da.
MIDDLE_MASS_DA = 495.0
MASS_WINDOW_PPM = 405.0 / MIDDLE_MASS_DA * 1e6
_MASS_EDGES_DA = np.arange(90.0, 901.0, 30.0)
_BINNED = ("mz_vectors", "loss_vectors")


def choose_structures(
    store: StructureStore, dataset: Dataset, split: Split, simulation: Simulation, seed: int = 0
) -> list[Structure]:
    """Return structures to simulate, about as heavy as the measured ones.

    Never among them are compounds that were measured, be it under a licence that forbids to learn
    from them, and, when scaffolds are held out, compounds with the scaffold of a held-out one.

    Raises
    ------
    MsguiError
        When the store has nothing of the recipe's sources.
    """
    measured = set(dataset.molecules.inchikey14)
    measured |= set(dataset.source.get("left_out_structures", ()))
    wanted = set(simulation.sources)
    usable = [
        structure
        for structure in store.by_mass(MIDDLE_MASS_DA, MASS_WINDOW_PPM)
        if structure.inchikey14 not in measured
        and not structure.formula.endswith(("+", "-"))
        and (not wanted or wanted & set(structure.source.split("|")))
    ]
    if not usable:
        raise MsguiError(
            "The structure store has nothing to simulate.",
            f"The recipe asks for structures of {', '.join(sorted(wanted)) or 'any source'}.",
        )
    chance = _as_heavy(usable, dataset)
    size = min(simulation.structures, int((chance > 0).sum()))
    random = np.random.default_rng(seed)
    rows = random.choice(len(usable), size, replace=False, p=chance)
    hidden = _hidden_scaffolds(dataset, split) if split.kind == "scaffold" else set()
    chosen = (usable[row] for row in rows.tolist())
    return [s for s in chosen if not hidden or scaffold_of(s.smiles) not in hidden]


def _as_heavy(structures: Sequence[Structure], dataset: Dataset) -> npt.NDArray[np.float64]:
    """Return chances that give the structures the distribution of masses of measured compounds."""
    measured = np.array([Formula.parse(text).mass for text in dataset.molecules.formula])
    found = np.array([structure.exact_mass for structure in structures])
    wanted = np.histogram(measured, _MASS_EDGES_DA)[0] + 5.0
    there = np.histogram(found, _MASS_EDGES_DA)[0]
    ratio = wanted / np.maximum(there, 1)
    place = np.clip(np.digitize(found, _MASS_EDGES_DA) - 1, 0, ratio.size - 1)
    chance = ratio[place]
    return np.asarray(chance / chance.sum(), np.float64)


def _hidden_scaffolds(dataset: Dataset, split: Split) -> set[str]:
    """Return the scaffolds of the validation and test sides; without rings there is none."""
    hidden = np.unique(dataset.molecule[~split.mask(dataset, "train")])
    return {scaffold_of(dataset.molecules.smiles[m]) for m in hidden} - {""}


def simulated_spectra(
    dataset: Dataset,
    split: Split,
    structures: Sequence[Structure],
    simulation: Simulation,
    seed: int = 0,
) -> Iterator[Step | Dataset]:
    """Yield steps and at the end simulated spectra, as the training side shows them to be."""
    train = np.flatnonzero(split.mask(dataset, "train"))
    chances = yield from fit_peak_chances(dataset, train, seed)
    smiles = [structure.smiles for structure in structures]
    keys = [structure.inchikey14 for structure in structures]
    yield from simulate(chances, smiles, keys, simulation.spectra_each, seed)


def with_validation(simulated: Dataset, dataset: Dataset, split: Split) -> tuple[Dataset, Split]:
    """Return simulated spectra to learn from and measured ones to validate on, as one data set.

    Raises
    ------
    MsguiError
        When a structure of the validation or the test side is among the simulated ones.
    """
    hidden = np.flatnonzero(~split.mask(dataset, "train"))
    known = set(simulated.molecules.inchikey14)
    blocks = {dataset.molecules.inchikey14[m] for m in np.unique(dataset.molecule[hidden])}
    if shared := known & blocks:
        raise MsguiError(
            f"{len(shared)} simulated structures stand on the validation or test side.",
            "Simulate others.",
        )
    asked = dataset.only(split.mask(dataset, "validation"))
    side = {str(key): "train" for key in simulated.accession}
    side |= {str(key): "validation" for key in asked.accession}
    return joined(simulated, asked), Split("molecule", split.seed, side)


def joined(first: Dataset, second: Dataset) -> Dataset:
    """Return two data sets as one; molecules of the second get rows behind those of the first."""
    names = ("mz", "intensity", "fragment", "precursor_mz", "analyser", "energy", "adduct")
    texts = ("accession", "instrument", "energy_text", "licence")
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(first, name), getattr(second, name)])
        for name in (*names, *texts)
    }
    one, other = first.molecules, second.molecules
    molecules = Molecules(
        one.smiles + other.smiles,
        one.inchikey14 + other.inchikey14,
        one.formula + other.formula,
        one.name + other.name,
        np.concatenate([one.fingerprints, other.fingerprints]),
    )
    return replace(
        first,
        offsets=np.concatenate([first.offsets, first.offsets[-1] + second.offsets[1:]]),
        molecule=np.concatenate([first.molecule, second.molecule + len(one)]),
        molecules=molecules,
        **columns,
    )


def take_over(network: SpectrumNetwork, adducts: Sequence[str], path: str | Path) -> None:
    """Start a network from the weights of another one of the same size.

    Vectors of adducts are taken over by name and those of bins by place; what the other network
    had not seen keeps its own beginning.

    Raises
    ------
    MsguiError
        When the other network has another size.
    """
    saved = torch.load(path, map_location="cpu", weights_only=True)
    state: Mapping[str, Tensor] = saved["network"]
    fresh = {name: value.clone() for name, value in network.state_dict().items()}
    try:
        for name, value in state.items():
            if name == "conditions.adduct.weight":
                _adducts(fresh[name], adducts, value, saved["adducts"])
            elif name.split(".")[0] in _BINNED:
                continue
            else:
                fresh[name] = value.reshape(fresh[name].shape)
    except (KeyError, RuntimeError) as fault:
        raise MsguiError(
            f"The weights to start from belong to another network ({fault}).",
            "Use the same network and size as theirs.",
            str(path),
        ) from fault
    for part in _BINNED:
        _bins(fresh, state, part)
    network.load_state_dict(fresh)


def _adducts(mine: Tensor, adducts: Sequence[str], value: Tensor, theirs: Sequence[str]) -> None:
    for place, name in enumerate(adducts):
        if name in theirs:
            mine[place] = value[list(theirs).index(name)]


def _bins(fresh: dict[str, Tensor], state: Mapping[str, Tensor], part: str) -> None:
    rows, others = fresh[f"{part}.rows"], state[f"{part}.rows"].long()
    table, vectors = fresh[f"{part}.table"], state[f"{part}.table"]
    known = rows > 0
    # A bin that the other network had not seen starts where all such bins were.
    table[rows[known]] = vectors[others[known]]
    table[0] = vectors[0]
