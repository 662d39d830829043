"""Made-up spectra of structures that were never measured, from the fragments of those that were.

Some five thousand compounds were measured; hundreds of thousands are known. A network that first
reads simulated spectra of many structures has seen far more scaffolds, and far more isomers of one
formula, than measured spectra can show it. The simulation is crude on purpose: pieces of at most
two cuts, each with a chance to be seen and a height that a small network learned from measured
spectra.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from msgui.chemistry.adducts import parse_adduct
from msgui.chemistry.formula import ELECTRON_MASS, ELEMENT_INDEX, MASSES, Formula
from msgui.errors import MsguiError
from msgui.fragments.enumerate import FragmentSet, fragments_of
from msgui.prediction.inputs import ANALYSERS, ENERGY_SCALE_EV, FORMULA_ELEMENTS
from msgui.progress import Step
from msgui.training.dataset import MAX_PEAKS, Dataset, Molecules

# Natural hydrogen shift of an ion of each adduct that is simulated: it only took up its charge.
NATURAL_SHIFT = {"[M+H]+": 1, "[M-H]-": -1}
# Hydrogens that move beside that.
SHIFTS = tuple(range(-3, 4))
# Compositions of one molecule that are looked at, the easiest to set free first.
MOST_COMPOSITIONS = 400
LEAST_INTENSITY = 0.001
_FIT_STEPS = 900
_FIT_BATCH = 8192
_SPECTRA_FITTED = 4000
_H = ELEMENT_INDEX["H"]
_ELEMENTS = len(FORMULA_ELEMENTS)

Array32 = npt.NDArray[np.float32]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Compositions:
    """The compositions of the pieces of a molecule.

    Parameters
    ----------
    counts : int64 array, shape (n, 12)
        With the hydrogens that the piece had in the molecule. The first is the whole molecule.
    features : float32 array, shape (n, n_features)
        What says how easily a piece is set free and where the charge goes.
    """

    counts: Counts
    features: Array32


def compositions_of(smiles: str) -> Compositions:
    """Return the compositions of a molecule's pieces, those of the least cost first.

    Raises
    ------
    MsguiError
        When the SMILES cannot be read, is too large, or has rarer elements than the twelve.
    """
    pieces: FragmentSet = fragments_of.__wrapped__(smiles, 2)
    counts = pieces.counts.astype(np.int64)
    if counts[0, _ELEMENTS:].any():
        raise MsguiError("It has an element that models do not know.", "Leave it out.", smiles)
    key = counts[:, :_ELEMENTS] @ (251 ** np.arange(_ELEMENTS, dtype=np.int64))
    order = np.lexsort((pieces.penalty, key))
    first = np.flatnonzero(np.r_[True, np.diff(key[order]) != 0])
    ways = np.diff(np.r_[first, order.size])
    best = order[first]
    chosen = np.argsort(pieces.penalty[best], kind="stable")[:MOST_COMPOSITIONS]
    best, ways = best[chosen], ways[chosen]
    penalty = pieces.penalty[best]
    cuts = (pieces.bonds_cut[best] >= 0).sum(1)
    table = counts[best, :_ELEMENTS]
    return Compositions(table, _features(table, penalty, cuts, ways))


def _features(
    counts: Counts, penalty: npt.NDArray[np.float64], cuts: Counts, ways: Counts
) -> Array32:
    whole = counts[0]
    lost = whole - counts
    mass, heavy = counts @ MASSES[:_ELEMENTS], counts.sum(1) - counts[:, _H]
    valence = np.array([4, 1, 3, 2, 3, 2, 1, 1, 1, 1, 4, 3])
    unsaturated = 0.5 * (counts * (valence - 2)).sum(1) + 1
    columns = [
        penalty / 3.0,
        np.minimum(penalty, 1.5),
        cuts == 1,
        cuts == 0,
        np.log1p(ways),
        mass / mass[0],
        np.log(mass / 100.0),
        np.full(mass.size, mass[0] / 500.0),
        heavy / 20.0,
        unsaturated / heavy,
        counts[:, _H] / np.maximum(1, counts[:, 0]),
        *(np.minimum(counts[:, e], 4) / 2.0 for e in range(2, 8)),
        *(np.minimum(lost[:, e], 4) / 2.0 for e in range(2, 8)),
        np.minimum(lost[:, 0], 6) / 3.0,
        np.full(mass.size, min(int(whole[2]), 4) / 2.0),
        np.full(mass.size, min(int(whole[3]), 6) / 3.0),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def _conditions(size: int, adduct: str, energy: npt.NDArray[np.float32], mass: float) -> Array32:
    """Return sign, energy and normalised energy as columns, shape (size, 4)."""
    normalised = float(energy[0]) * 500.0 / mass
    row = [float(adduct.endswith("+")), float(energy[0]), min(normalised, 4.0), float(energy[1])]
    return np.tile(np.array(row, np.float32), (size, 1))


class PeakChances(nn.Module):
    """For a composition and each hydrogen shift: logit of being seen, and mean log height."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(inputs, 96), nn.GELU(), nn.Linear(96, 96), nn.GELU(),
            nn.Linear(96, 2 * len(SHIFTS)),
        )  # fmt: skip
        # Spread of the log height around its mean.
        self.spread = nn.Parameter(torch.tensor(1.5))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        out = self.layers(features)
        return out[:, : len(SHIFTS)] - 3.0, out[:, len(SHIFTS) :] - 3.0


def fit_peak_chances(
    dataset: Dataset, rows: npt.NDArray[np.int64], seed: int = 0
) -> Generator[Step, None, PeakChances]:
    """Yield steps and return what measured spectra say about which pieces are seen.

    Parameters
    ----------
    rows : int64 array
        Spectra to learn from (the training side).
    """
    features, heights = yield from _measured(dataset, rows, seed)
    torch.manual_seed(seed)
    chances = PeakChances(features.shape[1])
    optimizer = torch.optim.AdamW(chances.parameters(), 3e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=_FIT_STEPS)
    for step in range(_FIT_STEPS):
        part = torch.randint(0, len(features), (_FIT_BATCH,))
        logit, height = chances(features[part])
        wanted = heights[part]
        seen = (wanted > 0).float()
        off = (wanted.clamp(min=LEAST_INTENSITY).log() - height) / chances.spread
        surprise = 0.5 * off.square() + chances.spread.log()
        loss = functional.binary_cross_entropy_with_logits(logit, seen)
        loss = loss + 0.1 * (surprise * seen).sum() / seen.sum().clamp(min=1.0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % 50 == 0:
            yield Step(step, _FIT_STEPS, "fragment heights")
    chances.eval()
    return chances


def _measured(
    dataset: Dataset, rows: npt.NDArray[np.int64], seed: int
) -> Generator[Step, None, tuple[Tensor, Tensor]]:
    """Return features and relative heights (0 where nothing was measured) of compositions."""
    random = np.random.default_rng(seed)
    usable = rows[np.isin(dataset.adduct[rows], list(NATURAL_SHIFT))]
    # Molecule-balanced: a spectrum of a molecule with many counts less often.
    counts = np.bincount(dataset.molecule[usable], minlength=len(dataset.molecules))
    chance = 1.0 / counts[dataset.molecule[usable]]
    size = min(_SPECTRA_FITTED, usable.size)
    chosen = random.choice(usable, size, replace=False, p=chance / chance.sum())
    features, heights = [], []
    for number, row in enumerate(chosen.tolist()):
        try:
            found = compositions_of(dataset.molecules.smiles[int(dataset.molecule[row])])
        except MsguiError:
            continue
        adduct = str(dataset.adduct[row])
        mass = float(found.counts[0] @ MASSES[:_ELEMENTS])
        beside = _conditions(len(found.counts), adduct, dataset.energy[row], mass)
        features.append(np.concatenate([found.features, beside], axis=1))
        heights.append(_heights(dataset, row, found.counts, NATURAL_SHIFT[adduct]))
        if number % 100 == 0:
            yield Step(number, size, "fragments of measured compounds")
    return torch.from_numpy(np.concatenate(features)), torch.from_numpy(np.concatenate(heights))


def _heights(dataset: Dataset, row: int, counts: Counts, natural: int) -> Array32:
    powers = 251 ** np.arange(_ELEMENTS, dtype=np.int64)
    peaks = dataset.fragments_of(row).astype(np.int64) @ powers
    height = dict(zip(peaks.tolist(), dataset.peaks_of(row)[1].tolist(), strict=True))
    height.pop(0, None)
    keys = (counts @ powers)[:, None] + (np.array(SHIFTS) + natural) * powers[_H]
    return np.array([[height.get(k, 0.0) for k in line] for line in keys.tolist()], np.float32)


def simulate(
    chances: PeakChances,
    smiles: Sequence[str],
    inchikey14: Sequence[str],
    spectra_each: int = 2,
    seed: int = 0,
) -> Iterator[Step | Dataset]:
    """Yield steps, and at the end a data set of simulated spectra.

    Parameters
    ----------
    smiles, inchikey14 : sequence of str
        Structures; those that cannot be broken are left out.
    spectra_each : int
        Spectra of each structure, at different energies.
    """
    random = np.random.default_rng(seed)
    made: list[dict[str, Any]] = []
    kept: list[int] = []
    formulas: list[str] = []
    for number, text in enumerate(smiles):
        if number % 200 == 0:
            yield Step(number, len(smiles), "simulated spectra")
        try:
            found = compositions_of(text)
        except MsguiError:
            continue
        spectra = [_simulated(chances, found, random) for _ in range(spectra_each)]
        usable = [spectrum for spectrum in spectra if spectrum["mz"].size]
        if not usable:
            continue
        made += [{**spectrum, "molecule": len(kept)} for spectrum in usable]
        kept.append(number)
        formulas.append(str(Formula.from_counts([*found.counts[0].tolist()])))
    yield Step(len(smiles), len(smiles), "fingerprints")
    texts = [smiles[number] for number in kept]
    keys = [inchikey14[number] for number in kept]
    yield _as_dataset(made, texts, keys, formulas, seed)


def _simulated(
    chances: PeakChances, found: Compositions, random: np.random.Generator
) -> dict[str, Any]:
    mass = float(found.counts[0] @ MASSES[:_ELEMENTS])
    adduct = "[M+H]+" if random.random() < 0.65 else "[M-H]-"
    natural, charge = NATURAL_SHIFT[adduct], 1 if adduct.endswith("+") else -1
    ev = float(np.exp(random.normal(np.log(30.0), 0.5))) * max(0.4, mass / 500.0)
    energy = np.array([min(ev, 150.0) / ENERGY_SCALE_EV, 1.0], np.float32)
    beside = _conditions(len(found.counts), adduct, energy, mass)
    with torch.inference_mode():
        logit, height = chances(torch.from_numpy(np.concatenate([found.features, beside], axis=1)))
        spread = float(chances.spread)
    # Spectra differ in how deep their noise lies: one shift for all chances of a spectrum.
    chance = torch.sigmoid(logit + float(random.normal(0.3, 0.7))).numpy()
    ion = found.counts[:, None, :] + np.zeros((1, len(SHIFTS), 1), np.int64)
    ion[:, :, _H] += np.array(SHIFTS) + natural
    limit = found.counts[0, _H] + max(natural, 0)
    possible = (ion[:, :, _H] >= 0) & (ion[:, :, _H] <= limit)
    seen = np.nonzero((random.random(chance.shape) < chance) & possible)
    named = ion[seen]
    logs = height.numpy()[seen] + random.normal(0.0, 0.7 * spread, named.shape[0])
    mz = named @ MASSES[:_ELEMENTS] - charge * ELECTRON_MASS
    intensity = np.exp(logs - (logs.max() if logs.size else 0.0))
    strong = (intensity >= LEAST_INTENSITY) & (mz > 40.0)
    named, mz, intensity = named[strong], mz[strong], intensity[strong]
    top = np.argsort(-intensity, kind="stable")[:MAX_PEAKS]
    top = top[np.argsort(mz[top], kind="stable")]
    precursor = float(parse_adduct(adduct).mz(mass))
    return {"mz": mz[top], "intensity": intensity[top] / intensity.max(initial=1e-9),
            "fragment": named[top], "adduct": adduct, "energy": energy,
            "precursor_mz": precursor}  # fmt: skip


def _as_dataset(
    made: Sequence[dict[str, Any]],
    smiles: Sequence[str],
    keys: Sequence[str],
    formulas: Sequence[str],
    seed: int,
) -> Dataset:
    from msgui.chemistry.molecule import fingerprints

    lengths = [spectrum["mz"].size for spectrum in made]
    size = len(made)
    nothing = np.full(size, "")
    molecules = Molecules(
        tuple(smiles), tuple(keys), tuple(formulas), ("",) * len(keys), fingerprints(list(smiles))
    )
    return Dataset(
        offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        mz=np.concatenate([spectrum["mz"] for spectrum in made]).astype(np.float32),
        intensity=np.concatenate([s["intensity"] for s in made]).astype(np.float32),
        fragment=np.concatenate([s["fragment"] for s in made]).clip(0, 255).astype(np.uint8),
        precursor_mz=np.array([s["precursor_mz"] for s in made], np.float32),
        molecule=np.array([s["molecule"] for s in made], np.int64),
        analyser=np.full(size, ANALYSERS.index("orbitrap"), np.int64),
        energy=np.array([s["energy"] for s in made], np.float32).reshape(-1, 2),
        adduct=np.array([s["adduct"] for s in made]),
        accession=np.array([f"simulated {number}" for number in range(size)]),
        instrument=nothing,
        energy_text=nothing,
        licence=nothing,
        molecules=molecules,
        source={"simulated": True, "seed": seed, "kept": size},
    )
