"""Learning to tell a structure from its isomers: the second stage of a forward model.

Intensities alone teach which fragments of the true structure are tall. What a ranking needs is that
the true structure expects the spectrum better than its isomers do: a softmax over the agreements of
the structure and of some isomers, with the first loss kept beside it.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from msgui.progress import Step
from msgui.training.forward_cases import Case, CaseMaker, TrainingMolecule
from msgui.training.forward_network import TorchForwardNetwork
from msgui.training.forward_training import agreements

# Isomers of a formula: first InChIKey block and SMILES of each.
IsomerPool = Mapping[str, Sequence[tuple[str, str]]]
# Agreements differ by hundredths between isomers; this spreads them over a softmax.
FIRST_SHARPNESS = 20.0
_KEPT = 2000
# Isomers beside each true structure when the model is checked.
AMONG = 15


@dataclass(frozen=True)
class ForwardRanking:
    """How a trained forward model learns to rank.

    Parameters
    ----------
    passes : int
        A pass shows one spectrum of every molecule that has isomers; 0 leaves the stage out.
    isomers : int
        Isomers beside each true structure, drawn anew each time.
    batch : int
        Spectra a step.
    learning_rate : float
        AdamW; it rises and falls once.
    intensities : float
        Weight of the loss of the first stage.
    """

    passes: int = 0
    isomers: int = 5
    batch: int = 8
    learning_rate: float = 5e-4
    weight_decay: float = 0.01
    intensities: float = 1.0
    seed: int = 1


@dataclass(frozen=True)
class RankingReport:
    """How a pass went: how often the true structure stood first.

    Parameters
    ----------
    first : float
        Among the isomers drawn in training.
    validation_first, validation_agreement : float
        Among a fixed draw of isomers of the validation molecules; agreement of the true ones.
    """

    number: int
    passes: int
    first: float
    validation_first: float
    validation_agreement: float
    seconds: float


def isomer_pool(path: str | Path, formulas: Iterable[str]) -> IsomerPool:
    """Return the structures of some formulas from a structure store."""
    from msgui.structures.store import StructureStore

    store = StructureStore.open(path)
    return {
        formula: [(s.inchikey14, s.smiles) for s in store.by_formula(formula)]
        for formula in sorted(set(formulas))
    }


class Isomers:
    """Draws isomers of the molecules of a data set; names, sources and order play no part."""

    def __init__(self, maker: CaseMaker, pool: IsomerPool, max_bonds: int) -> None:
        self._maker = maker
        molecules = maker.dataset.molecules
        self._smiles = {
            number: [
                smiles
                for key, smiles in pool.get(molecules.formula[number], ())
                if key != molecules.inchikey14[number]
            ]
            for number in maker.molecules
        }
        self._molecule = lru_cache(maxsize=_KEPT)(lambda s: TrainingMolecule.of(s, max_bonds))

    @property
    def numbers(self) -> npt.NDArray[np.int64]:
        """Molecules that have isomers in the pool, ascending."""
        return np.array(sorted(n for n, found in self._smiles.items() if found), np.int64)

    def beside(self, row: int, number: int, most: int, rng: np.random.Generator) -> list[Case]:
        """Return a spectrum beside its molecule and some isomers; empty when it teaches nothing."""
        true = self._maker.case(row, number)
        if true is None:
            return []
        smiles = self._smiles[number]
        drawn = rng.choice(len(smiles), min(most, len(smiles)), replace=False)
        molecules = (self._molecule(smiles[i]) for i in drawn.tolist())
        return [true, *(self._maker.beside(row, m) for m in molecules if m is not None)]


def learn_to_rank(
    network: TorchForwardNetwork,
    training: Isomers,
    checking: Isomers,
    spectra: Mapping[int, Sequence[int]],
    checking_spectra: Mapping[int, Sequence[int]],
    how: ForwardRanking,
) -> Iterator[Step | RankingReport]:
    """Yield steps and a report of each pass while the network changes in place.

    Parameters
    ----------
    training, checking : Isomers
        Of the training and of the validation molecules.
    spectra, checking_spectra : mapping of molecule to rows
    """
    torch.manual_seed(how.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(how.seed)
    sharpness = torch.tensor(np.log(FIRST_SHARPNESS), dtype=torch.float32, requires_grad=True)
    optimizer = torch.optim.AdamW(
        [
            {"params": network.parameters(), "weight_decay": how.weight_decay},
            {"params": [sharpness], "weight_decay": 0.0},
        ],
        how.learning_rate,
    )
    numbers = training.numbers
    a_pass = max(1, numbers.size // how.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, how.learning_rate, total_steps=how.passes * a_pass + 1, pct_start=0.1
    )
    started = time.perf_counter()
    for number in range(1, how.passes + 1):
        network.train()
        order, found = rng.permutation(numbers), list[float]()
        for step in range(a_pass):
            chosen = order[step * how.batch : (step + 1) * how.batch].tolist()
            rows = [int(rng.choice(spectra[n])) for n in chosen]
            lists = [
                training.beside(row, n, how.isomers, rng)
                for row, n in zip(rows, chosen, strict=True)
            ]
            lists = [cases for cases in lists if len(cases) > 1]
            if not lists:
                continue
            agreement = agreements(network, [case for cases in lists for case in cases])
            parts = torch.split(agreement, [len(cases) for cases in lists])
            loss = _loss(parts, sharpness, how.intensities)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            found += [_stands_first(part.detach().numpy()) for part in parts]
            done = (number - 1) * a_pass + step + 1
            yield Step(done, how.passes * a_pass, f"first {np.mean(found[-400:]):.3f}")
        first, agreement_there = validation(network, checking, checking_spectra)
        seconds = time.perf_counter() - started
        yield RankingReport(
            number, how.passes, float(np.mean(found)), first, agreement_there, seconds
        )
    network.eval()


def _loss(parts: Sequence[Tensor], sharpness: Tensor, intensities: float) -> Tensor:
    """Return the mean surprise at the true structure (first in each part) and its spectrum."""
    choices = [-torch.log_softmax(sharpness.exp() * part, dim=0)[0] for part in parts]
    unlike = [1 - part[0] for part in parts]
    return torch.stack(choices).mean() + intensities * torch.stack(unlike).mean()


def _stands_first(agreement: npt.NDArray[np.float32]) -> float:
    """Return 1 when the first is the best, its chance where others are equal, else 0."""
    if (agreement[1:] > agreement[0]).any():
        return 0.0
    return 1.0 / float((agreement == agreement[0]).sum())


def validation(
    network: TorchForwardNetwork,
    isomers: Isomers,
    spectra: Mapping[int, Sequence[int]],
    most: int = 2,
    among: int = AMONG,
) -> tuple[float, float]:
    """Return how often the truth stands first among isomers, and its mean agreement.

    At most so many spectra of each molecule, among at most so many isomers: always the same ones.
    """
    network.eval()
    first, agreement = list[float](), list[float]()
    with torch.inference_mode():
        for number in isomers.numbers.tolist():
            rng = np.random.default_rng(number)
            for row in spectra[number][:most]:
                cases = isomers.beside(row, number, among, rng)
                if len(cases) > 1:
                    found = agreements(network, cases).numpy()
                    first.append(_stands_first(found))
                    agreement.append(float(found[0]))
    return float(np.mean(first)), float(np.mean(agreement))
