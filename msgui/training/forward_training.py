"""Learning fragment intensities from whole spectra."""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from msgui.prediction.expected_ions import LEAST_SHARE
from msgui.prediction.forward_network import SHIFTS
from msgui.progress import Step
from msgui.training.forward_cases import Case, CaseMaker
from msgui.training.forward_network import ForwardSize, TorchForwardNetwork

LEAST_EXPECTED = 1e-12


@dataclass(frozen=True)
class ForwardTraining:
    """How a forward model is trained.

    Parameters
    ----------
    max_bonds : int
        Bonds that are cut to make fragments.
    passes : int
        A pass shows ``spectra_per_molecule`` spectra of every molecule, however many it has.
    batch : int
        Spectra a step.
    learning_rate, weight_decay : float
        AdamW; the rate rises and falls once over all passes.
    """

    max_bonds: int = 2
    passes: int = 6
    spectra_per_molecule: int = 2
    batch: int = 32
    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    seed: int = 1


@dataclass(frozen=True)
class PassReport:
    """How a pass went: mean agreement of expected and measured intensities."""

    number: int
    passes: int
    agreement: float
    validation_agreement: float
    seconds: float


@dataclass(frozen=True, eq=False)
class TrainedForward:
    """A trained network with how it went."""

    network: TorchForwardNetwork
    reports: tuple[PassReport, ...]
    spectra: int
    molecules: tuple[int, ...]


def train_forward(
    maker: CaseMaker, checking: CaseMaker, how: ForwardTraining, size: ForwardSize
) -> Iterator[Step | PassReport | TrainedForward]:
    """Yield steps, a report of each pass, and at the end the trained network.

    The loss is one minus the agreement over the whole spectrum: what is measured but not expected
    and the reverse count against it.

    Parameters
    ----------
    maker, checking : CaseMaker
        Of the training and of the validation spectra.
    """
    torch.manual_seed(how.seed)
    torch.set_num_threads(1)
    rng = np.random.default_rng(how.seed)
    network = TorchForwardNetwork(size)
    optimizer = torch.optim.AdamW(
        network.parameters(), how.learning_rate, weight_decay=how.weight_decay
    )
    molecules = np.array(sorted(maker.molecules))
    a_pass = max(1, molecules.size * how.spectra_per_molecule // how.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, how.learning_rate, total_steps=how.passes * a_pass + 1, pct_start=0.1
    )
    reports, started = [], time.perf_counter()
    for number in range(1, how.passes + 1):
        network.train()
        shown = [rng.permutation(molecules) for _ in range(how.spectra_per_molecule)]
        order, found = np.concatenate(shown), list[float]()
        for step in range(a_pass):
            chosen = order[step * how.batch : (step + 1) * how.batch]
            agreement = agreements(network, _chosen_cases(maker, chosen, rng))
            loss = 1 - agreement.mean()
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            found.append(1 - loss.item())
            done = (number - 1) * a_pass + step + 1
            yield Step(done, how.passes * a_pass, f"agreement {np.mean(found[-50:]):.3f}")
        report = PassReport(
            number,
            how.passes,
            float(np.mean(found)),
            mean_agreement(network, checking),
            time.perf_counter() - started,
        )
        reports.append(report)
        yield report
    spectra = sum(len(rows) for rows in maker.spectra.values())
    yield TrainedForward(network.eval(), tuple(reports), spectra, tuple(molecules.tolist()))


def _chosen_cases(
    maker: CaseMaker, chosen: npt.NDArray[np.int64], rng: np.random.Generator
) -> list[Case]:
    """Return one spectrum of each chosen molecule, where something can be learned from it."""
    cases = (maker.case(int(rng.choice(maker.spectra[n])), n) for n in chosen.tolist())
    return [case for case in cases if case is not None]


def agreements(network: TorchForwardNetwork, cases: Sequence[Case]) -> Tensor:
    """Return the agreement of measured and expected intensities, shape (n_cases,).

    As :func:`msgui.prediction.forward.agreement_of` defines it.
    """
    parts = [(case, row) for case in cases for row in range(len(case.forms))]
    told = torch.from_numpy(np.concatenate([case.conditions for case in cases]))
    abundance = network([case.molecule.pieces for case, _ in parts], told).reshape(-1)
    forms = [case.forms[row] for case, row in parts]
    members = [len(case.molecule.mass) * len(SHIFTS) for case, _ in parts]
    ions = [form.mz.size for form in forms]
    place = _shifted([form.place for form in forms], members)
    ion = _shifted([form.ion for form in forms], ions)
    expected = torch.zeros(sum(ions)).index_add(0, ion, abundance[place])
    ions_of_case = [sum(form.mz.size for form in case.forms) for case in cases]
    peaks = [case.height.size for case in cases]
    matched = expected[_shifted([case.ion for case in cases], ions_of_case)]
    peak = _shifted([case.peak for case in cases], peaks)
    found = torch.zeros(sum(peaks)).index_add(0, peak, matched)
    height = torch.from_numpy(np.concatenate([case.height for case in cases]))
    owner = torch.from_numpy(np.repeat(np.arange(len(peaks)), peaks))
    # A structure that can give no ion at all expects nothing anywhere.
    share = found / _sums(expected, ions_of_case).clamp_min(LEAST_EXPECTED)[owner]
    surprise = torch.log(share + LEAST_SHARE) / math.log(LEAST_SHARE)
    return 1 - _sums(height * surprise, peaks) / _sums(height, peaks)


def _shifted(parts: Sequence[npt.NDArray[np.integer]], sizes: Sequence[int]) -> Tensor:
    """Return indices into arrays that stand end to end."""
    first = np.cumsum([0, *sizes[:-1]])
    moved = [part.astype(np.int64) + start for part, start in zip(parts, first, strict=True)]
    return torch.from_numpy(np.concatenate(moved))


def _sums(values: Tensor, sizes: Sequence[int]) -> Tensor:
    owner = torch.from_numpy(np.repeat(np.arange(len(sizes)), sizes))
    return torch.zeros(len(sizes)).index_add(0, owner, values)


def mean_agreement(network: TorchForwardNetwork, maker: CaseMaker, most: int = 3) -> float:
    """Return the mean agreement over at most so many spectra of each molecule."""
    network.eval()
    cases = []
    for number in sorted(maker.molecules):
        found = (maker.case(row, number) for row in maker.spectra[number][:most])
        cases += [case for case in found if case is not None]
    values = []
    with torch.inference_mode():
        for start in range(0, len(cases), 32):
            values.append(agreements(network, cases[start : start + 32]).numpy())
    return float(np.concatenate(values).mean()) if values else float("nan")
