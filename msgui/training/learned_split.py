"""The split that generalizes worst: a splitter looks for it against a predictor.

After Bao & Barzilay, "Learning to split for automatic bias detection" (2022). A predictor learns
fingerprints from one side; a splitter moves to the other side what is like the molecules that the
predictor then got wrong. Whole molecules are moved, so that none stands on two sides.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, logsigmoid

from msgui.errors import MsguiError
from msgui.training.dataset import Dataset

MOST_ROUNDS = 20
# Rounds without a wider gap after which the search ends.
PATIENCE = 6
_SPLITTER_STEPS = 60
_PREDICTOR_PASSES = 15
_BATCH = 64
# As in the paper, a third of the training side tells what the predictor can do at home.
_HELD_OUT = 1 / 3
_LARGEST_MZ = 1000
# The bits that differ most between molecules; the rest say little and cost time.
_MOST_BITS = 512
_FEWEST_MOLECULES = 10


@dataclass(frozen=True, eq=False)
class HardSplit:
    """The hardest split that was found.

    Parameters
    ----------
    in_test : bool array, shape (n,)
    gap : float
        Mean soft Jaccard of held-out molecules of the training side less that of the test side.
    first_gap : float
        The same before anything was learned: what a random split gives.
    """

    in_test: npt.NDArray[np.bool_]
    gap: float
    first_gap: float


def hardest_molecules(dataset: Dataset, test: float, seed: int) -> npt.NDArray[np.bool_]:
    """Return which molecules stand in the test of the split that generalizes worst.

    Parameters
    ----------
    dataset : Dataset
    test : float
        Share of the molecules, above 0 and below 1.
    seed : int

    Returns
    -------
    bool array, shape (n_molecules,)
        False for molecules without spectra.

    Raises
    ------
    MsguiError
        When there are fewer than ten molecules.
    """
    measured = np.unique(dataset.molecule)
    if measured.size < _FEWEST_MOLECULES:
        raise MsguiError(
            f"A split cannot be learned from {measured.size} molecules.",
            f"Give at least {_FEWEST_MOLECULES}, or take the molecule split.",
        )
    bits = np.unpackbits(dataset.molecules.fingerprints[measured], axis=1)
    varying = np.sort(np.argsort(-bits.var(axis=0), kind="stable")[:_MOST_BITS])
    labels = bits[:, varying].astype(np.float32)
    found = hardest_split(_mean_spectra(dataset)[measured], labels, test, seed)
    in_test = np.zeros(len(dataset.molecules), bool)
    in_test[measured] = found.in_test
    return in_test


def _mean_spectra(dataset: Dataset) -> npt.NDArray[np.float32]:
    """Return the mean spectrum of each molecule, bins of 1 Da, square roots of intensities."""
    spectrum = np.repeat(np.arange(len(dataset)), np.diff(dataset.offsets))
    molecule = dataset.molecule[spectrum]
    mz_bin = np.minimum(dataset.mz.astype(np.int64), _LARGEST_MZ - 1)
    total = np.zeros((len(dataset.molecules), _LARGEST_MZ), np.float32)
    np.add.at(total, (molecule, mz_bin), np.sqrt(dataset.intensity))
    spectra = np.bincount(dataset.molecule, minlength=len(dataset.molecules))
    total /= np.maximum(spectra, 1)[:, None]
    return total


def hardest_split(
    features: npt.NDArray[np.float32], labels: npt.NDArray[np.float32], test: float, seed: int
) -> HardSplit:
    """Return the split with the widest gap that splitter and predictor came upon.

    Parameters
    ----------
    features : float32 array, shape (n, n_features)
        What the predictor sees.
    labels : float32 array, shape (n, n_bits)
        Zeros and ones that it predicts; the splitter sees both.
    test : float
        Share of the rows in the test.
    seed : int
    """
    threads = torch.get_num_threads()
    # Sums of several threads differ in the last digit, and the split with them.
    torch.set_num_threads(1)
    try:
        return _searched(torch.from_numpy(features), torch.from_numpy(labels), test, seed)
    finally:
        torch.set_num_threads(threads)


def _searched(x: Tensor, y: Tensor, test: float, seed: int) -> HardSplit:
    generator = torch.Generator().manual_seed(seed)
    n_test = min(len(x) - 2, max(1, round(test * len(x))))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        splitter = _network(x.shape[1] + y.shape[1], 1)
        gaps: list[float] = []
        best = torch.zeros(len(x), dtype=torch.bool)
        waited = 0
        while len(gaps) < MOST_ROUNDS and waited < PATIENCE:
            in_test = _drawn(splitter, x, y, n_test, generator)
            at_home, away = _generalization(x, y, in_test, generator)
            gap = float(at_home.mean() - away.mean())
            waited = waited + 1 if gaps and gap <= max(gaps) else 0
            if not waited:
                best = in_test
            gaps.append(gap)
            right = (away >= at_home.median()).float()
            _teach(splitter, x, y, in_test, right, n_test / len(x))
    return HardSplit(best.numpy(), max(gaps), gaps[0])


def _network(inputs: int, outputs: int, width: int = 128) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, outputs))


def _drawn(
    splitter: nn.Module, x: Tensor, y: Tensor, n_test: int, generator: torch.Generator
) -> Tensor:
    """Return a draw of the test from the splitter, with exactly so many rows."""
    with torch.no_grad():
        logit = splitter(torch.cat([x, y], 1))[:, 0]
    noise = torch.logit(torch.rand(len(x), generator=generator), eps=1e-6)
    in_test = torch.zeros(len(x), dtype=torch.bool)
    in_test[torch.argsort(logit + noise, stable=True)[:n_test]] = True
    return in_test


def _generalization(
    x: Tensor, y: Tensor, in_test: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Return the soft Jaccard of held-out training rows and of the test rows."""
    home = torch.nonzero(~in_test)[:, 0]
    home = home[torch.randperm(len(home), generator=generator)]
    n_held = max(1, round(_HELD_OUT * len(home)))
    held, learned = home[:n_held], home[n_held:]
    predictor = _network(x.shape[1], y.shape[1])
    optimizer = torch.optim.Adam(predictor.parameters(), lr=2e-3)
    for _ in range(_PREDICTOR_PASSES):
        for rows in learned[torch.randperm(len(learned), generator=generator)].split(_BATCH):
            optimizer.zero_grad()
            binary_cross_entropy_with_logits(predictor(x[rows]), y[rows]).backward()
            optimizer.step()
    with torch.no_grad():
        probability = torch.sigmoid(predictor(x))
    both = (probability * y).sum(1)
    jaccard = both / (probability.sum(1) + y.sum(1) - both).clamp_min(1e-6)
    return jaccard[held], jaccard[in_test]


def _teach(
    splitter: nn.Module, x: Tensor, y: Tensor, in_test: Tensor, right: Tensor, test: float
) -> None:
    """Send to training what was predicted well, and leave in the test what was not.

    Two further terms of the paper keep the share of the test, and let every bit be as frequent on
    both sides, so that the gap is none of frequencies alone.
    """
    optimizer = torch.optim.Adam(splitter.parameters(), lr=1e-3)
    both, frequency = torch.cat([x, y], 1), y.mean(0)
    for _ in range(_SPLITTER_STEPS):
        optimizer.zero_grad()
        logit = splitter(both)[:, 0]
        chance = torch.sigmoid(logit)
        loss = binary_cross_entropy_with_logits(logit[in_test], right)
        loss = loss + _divergence(chance.mean(), torch.tensor(1 - test))
        for weight in (chance, torch.exp(logsigmoid(-logit))):
            there = (weight[:, None] * y).sum(0) / weight.sum().clamp_min(1e-6)
            loss = loss + _divergence(there, frequency).mean()
        loss.backward()
        optimizer.step()


def _divergence(found: Tensor, wanted: Tensor) -> Tensor:
    """Return the Kullback-Leibler divergence of two coins."""
    p, q = found.clamp(1e-6, 1 - 1e-6), wanted.clamp(1e-6, 1 - 1e-6)
    return p * torch.log(p / q) + (1 - p) * torch.log((1 - p) / (1 - q))
