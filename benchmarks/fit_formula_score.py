"""Learn the fragment model and the weights of the formula score, and write them.

Usage: python benchmarks/fit_formula_score.py DATA_FOLDER [--spectra 3000] [--seed 1]
                                              [--out resources/formulas]

Formulas are those whose hash puts them into the fitting half, without those of the other
laboratories' files, from records whose licence has neither NC nor ND; the other half is what
benchmarks/formula_ranking.py measures on. Three things are learned from right and wrong candidates
of the same spectra: how much likelier each loss and each fragment ion is in a right explanation
(tables of formulas and log-odds), a network that weighs an explained peak, and the weights of the
other terms. The tables that the network is fitted with come from the other half of the molecules,
so that it does not trust them more than it will be able to; those written come from both. The model
is a conditional logit: the probability of each candidate is exp(score) over the sum of all.
"""

import argparse
import pickle
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from formula_ranking import FRAGMENT_PPM, Case, cases

from msgui.chemistry.composition_table import full_counts
from msgui.chemistry.formula import Formula
from msgui.chemistry.formula_candidates import formula_candidates
from msgui.chemistry.formula_evidence import (
    EVIDENCE_TERMS,
    FIRST_WEIGHTS,
    SIGMA_SHARE,
    Calibration,
    calibrate,
    chance_terms,
    evidence,
    explained_peaks,
)
from msgui.chemistry.fragment_model import LogOdds, codes, fragment_inputs
from msgui.chemistry.peak_parts import peak_parts

PPM = 5.0
PENALTY = 1e-3
HARD_OTHERS, RANDOM_OTHERS = 60, 20
# Columns of the inputs that come from the tables.
ION_ODDS, LOSS_ODDS = (4, 5), (6, 7)
LEAST_COUNT = 3.0
# Folds (of ten) from this on are not fitted on: they stop the fit, and calibrate.
HELD_OUT = 8
HIDDEN = (16,)
PASSES, BATCH = 8, 64


@dataclass(frozen=True)
class Group:
    """Candidates of one spectrum, the right one first."""

    fold: int
    names: tuple[str, ...]
    terms: np.ndarray
    fixed: np.ndarray
    inputs: np.ndarray
    peak: np.ndarray
    ion: np.ndarray
    part: np.ndarray
    loss: np.ndarray
    root: np.ndarray
    formulas: dict[int, str]


def group_of(case: Case, fold: int, random: np.random.Generator) -> Group | None:
    """Return what the score is made of, or None when there is nothing to learn."""
    mz = case.spectrum.precursor_mz
    found = formula_candidates(mz, case.adduct, PPM)
    if found is None or len(found.counts) < 2:
        return None
    true = np.array(case.formula.counts)[list(found.table.columns)]
    match = np.flatnonzero((found.counts == true).all(axis=1))
    if not match.size:
        return None
    peaks = peak_parts(
        case.spectrum, mz, case.adduct.charge, found.table, found.ions, found.columns, FRAGMENT_PPM
    )
    chance = chance_terms(peaks, found.ions)
    first = evidence(peaks, found.ions, Calibration(0.0, SIGMA_SHARE * FRAGMENT_PPM), chance)
    prior = FIRST_WEIGHTS["prior"] * found.learned + found.known
    score = prior + first.score(FIRST_WEIGHTS)
    probability = np.exp(score - score.max())
    calibration = calibrate(first, probability / probability.sum(), FRAGMENT_PPM)
    second = evidence(peaks, found.ions, calibration, chance)
    order = np.argsort(-(prior + second.score(FIRST_WEIGHTS)), kind="stable")
    order = order[order != match[0]]
    hard, others = order[:HARD_OTHERS], order[HARD_OTHERS:]
    others = random.choice(others, min(RANDOM_OTHERS, len(others)), replace=False)
    chosen = np.concatenate([match[:1], hard, others]).astype(np.int64)
    explained = explained_peaks(peaks, second, found.ions, chosen, calibration)
    nothing = LogOdds(np.zeros(0, np.int64), np.zeros(0))
    fixed = -0.5 * (found.error_ppm / PPM * 3) ** 2
    names = ("prior", *EVIDENCE_TERMS)
    terms = np.stack([found.learned, *(second.terms[name] for name in EVIDENCE_TERMS)], axis=1)
    part, loss = (codes(c, peaks.columns) for c in (explained.part, explained.loss))
    # Only what right candidates have may enter the tables.
    right = explained.ion == 0
    written = {}
    for counts in (explained.part, explained.loss):
        whole = full_counts(counts[right], peaks.columns)
        for code, row in zip(codes(counts[right], peaks.columns), whole, strict=True):
            written[int(code)] = str(Formula.from_counts(row.astype(np.int64)))
    return Group(
        fold,
        names,
        terms[chosen],
        fixed[chosen],
        fragment_inputs(peaks, explained, nothing, nothing).astype(np.float32),
        explained.peak.astype(np.int32),
        explained.ion.astype(np.int32),
        part,
        loss,
        np.sqrt(peaks.intensity),
        written,
    )


def log_odds(groups: Iterable[Group], which: str) -> dict[int, float]:
    """Return the log-odds of compositions: in right explanations against wrong ones.

    A spectrum counts 1 for a composition that the right candidate explains a peak with, and the
    share of wrong candidates that do.
    """
    right: dict[int, float] = defaultdict(float)
    wrong: dict[int, float] = defaultdict(float)
    for group in groups:
        values = getattr(group, which)
        others = len(group.terms) - 1
        pairs = np.unique(np.stack([values, group.ion.astype(np.int64)], axis=1), axis=0)
        for code, ion in pairs.tolist():
            if ion == 0:
                right[code] += 1.0
            else:
                wrong[code] += 1.0 / others
    return {
        code: float(np.log((right[code] + 0.5) / (wrong[code] + 0.5)))
        for code in right.keys() | wrong.keys()
        if right[code] + wrong[code] >= LEAST_COUNT
    }


def table_of(values: dict[int, float]) -> LogOdds:
    """Return log-odds as the program keeps them."""
    found = np.array(sorted(values), dtype=np.int64)
    return LogOdds(found, np.array([values[code] for code in found.tolist()]))


def with_odds(group: Group, ions: LogOdds, losses: LogOdds) -> np.ndarray:
    """Return the inputs with the columns of the tables filled."""
    inputs = group.inputs.copy()
    for (value, known), table, wanted in (
        (ION_ODDS, ions, group.part),
        (LOSS_ODDS, losses, group.loss),
    ):
        inputs[:, value], inputs[:, known] = table.of(wanted)
    return inputs


class Network(torch.nn.Module):
    """Inputs of an explained peak to its two contributions."""

    def __init__(self, width: int) -> None:
        super().__init__()
        sizes = (width, *HIDDEN, 2)
        self.layers = torch.nn.ModuleList(
            torch.nn.Linear(sizes[i], sizes[i + 1]) for i in range(len(sizes) - 1)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)


@dataclass(frozen=True)
class Prepared:
    """Tensors of some groups together."""

    terms: torch.Tensor
    fixed: torch.Tensor
    owner: torch.Tensor
    first: torch.Tensor
    inputs: torch.Tensor
    row: torch.Tensor
    by_intensity: torch.Tensor
    by_number: torch.Tensor


def prepared(
    groups: list[Group], inputs: list[np.ndarray], center: np.ndarray, scale: np.ndarray
) -> Prepared:
    """Return groups as tensors."""
    sizes = np.array([len(group.terms) for group in groups])
    first = np.cumsum(sizes) - sizes
    real = torch.float32
    return Prepared(
        torch.tensor(np.concatenate([g.terms for g in groups]), dtype=real),
        torch.tensor(np.concatenate([g.fixed for g in groups]), dtype=real),
        torch.tensor(np.repeat(np.arange(len(groups)), sizes)),
        torch.tensor(first),
        torch.tensor((np.concatenate(inputs) - center) / scale, dtype=real),
        torch.tensor(
            np.concatenate([g.ion + start for g, start in zip(groups, first, strict=True)])
        ),
        torch.tensor(
            np.concatenate([g.root[g.peak] / max(g.root.sum(), 1e-12) for g in groups]),
            dtype=real,
        ),
        torch.tensor(
            np.concatenate([np.full(len(g.peak), max(g.root.size, 1) ** -0.5) for g in groups]),
            dtype=real,
        ),
    )


def scores(data: Prepared, weights: torch.Tensor, network: Network | None) -> torch.Tensor:
    """Return the score of each candidate."""
    score = data.terms @ weights + data.fixed
    if network is None:
        return score
    outputs = network(data.inputs)
    contribution = outputs[:, 0] * data.by_intensity + outputs[:, 1] * data.by_number
    return score.index_add(0, data.row, contribution)


def losses_of(score: torch.Tensor, data: Prepared) -> torch.Tensor:
    """Return -log probability of the right candidate of each group."""
    number = data.first.numel()
    highest = torch.full((number,), -1e9).scatter_reduce(0, data.owner, score, "amax").detach()
    total = torch.zeros(number)
    total = total.scatter_add(0, data.owner, torch.exp(score - highest[data.owner]))
    return torch.log(total) + highest - score[data.first]


def top(score: torch.Tensor, data: Prepared, places: int) -> float:
    """Return how often the right candidate is among the first."""
    better = torch.zeros(data.first.numel())
    better = better.scatter_add(0, data.owner, (score > score[data.first][data.owner]).float())
    return float((better < places).float().mean())


def fit_linear(training: Prepared, held_out: Prepared) -> torch.Tensor:
    """Return the weights of the terms without the network."""
    weights = torch.zeros(training.terms.shape[1], requires_grad=True)
    scale = training.terms.std(dim=0) + 1e-9
    optimizer = torch.optim.LBFGS([weights], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        value = losses_of(scores(training, weights, None), training).mean()
        value = value + PENALTY * ((weights * scale) ** 2).sum()
        value.backward()
        return value

    optimizer.step(closure)
    report("terms alone", scores(held_out, weights.detach(), None), held_out)
    return weights.detach()


def fit_network(
    batches: Callable[[], Iterable[Prepared]],
    held_out: Prepared,
    weights: torch.Tensor,
    network: Network,
) -> torch.Tensor:
    """Fit network and weights together; the best state on what is held out stays."""
    weights = weights.clone().requires_grad_(True)
    groups = [{"params": [weights], "lr": 0.004}, {"params": network.parameters(), "lr": 0.0012}]
    adam = torch.optim.AdamW(groups, weight_decay=2e-2)
    decay = torch.optim.lr_scheduler.ExponentialLR(adam, 0.85)
    best, state = np.inf, None
    for turn in range(PASSES):
        for batch in batches():
            adam.zero_grad()
            losses_of(scores(batch, weights, network), batch).mean().backward()
            adam.step()
        decay.step()
        with torch.no_grad():
            score = scores(held_out, weights, network)
        value = float(losses_of(score, held_out).mean())
        report(f"pass {turn + 1}", score, held_out)
        if value < best:
            best = value
            kept = {name: tensor.clone() for name, tensor in network.state_dict().items()}
            state = (weights.detach().clone(), kept)
    assert state is not None
    network.load_state_dict(state[1])
    return state[0]


def report(title: str, score: torch.Tensor, data: Prepared) -> None:
    """Print how well the held-out molecules are ranked."""
    loss = float(losses_of(score.detach(), data).mean())
    shares = ", ".join(f"top-{k} {100 * top(score, data, k):.1f} %" for k in (1, 5))
    print(f"{title}: -log probability {loss:.3f}, {shares}", flush=True)


def write_table(path: Path, values: dict[int, float], formulas: dict[int, str]) -> None:
    """Write formulas with their log-odds, the most telling first."""
    rows = [(value, formulas[code]) for code, value in values.items() if code in formulas]
    rows.sort(key=lambda row: (-round(row[0], 2), row[1]))
    lines = [f"{formula}\t{value:.2f}" for value, formula in rows]
    path.write_text("\n".join(["formula\tlog_odds", *lines]) + "\n", encoding="utf-8")


def collected(options: argparse.Namespace) -> list[Group]:
    """Return the groups, from the cache if there is one."""
    if options.cache and options.cache.exists():
        return pickle.loads(options.cache.read_bytes())
    random = np.random.default_rng(options.seed)
    groups = []
    sample = cases(options.folder, options.spectra, options.seed, PPM, (50.0, 900.0), True)
    for number, case in enumerate(sample):
        group = group_of(case, hash_fold(str(case.formula)), random)
        if group is not None:
            groups.append(group)
        if number % 200 == 199:
            print(f"{number + 1} spectra", flush=True)
    if options.cache:
        options.cache.write_bytes(pickle.dumps(groups))
    return groups


def hash_fold(formula: str) -> int:
    """Return 0 to 9, by formula."""
    return sum(formula.encode()) % 10


def main() -> None:
    """Fit, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--spectra", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("resources/formulas"))
    parser.add_argument("--cache", type=Path, help="keep the collected terms here")
    parser.add_argument("--caches", type=Path, nargs="*", help="collected terms to fit on")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    random = np.random.default_rng(options.seed)
    groups = (
        [group for cache in options.caches for group in pickle.loads(cache.read_bytes())]
        if options.caches
        else collected(options)
    )
    print(f"{len(groups)} spectra")
    learned_from = [group for group in groups if group.fold < HELD_OUT]
    halves = [[g for g in learned_from if g.fold % 2 == half] for half in (0, 1)]
    tables = [
        (table_of(log_odds(half, "part")), table_of(log_odds(half, "loss"))) for half in halves
    ]
    inputs = [with_odds(group, *tables[1 - group.fold % 2]) for group in groups]
    everything = np.concatenate(inputs)
    center, scale = everything.mean(axis=0), everything.std(axis=0) + 1e-6
    is_held_out = np.array([group.fold >= HELD_OUT for group in groups])

    def chosen(places: np.ndarray) -> Prepared:
        return prepared([groups[i] for i in places], [inputs[i] for i in places], center, scale)

    def batches() -> Iterable[Prepared]:
        order = random.permutation(np.flatnonzero(~is_held_out))
        return (chosen(order[start : start + BATCH]) for start in range(0, len(order), BATCH))

    names = groups[0].names
    held_out = chosen(np.flatnonzero(is_held_out))
    linear = fit_linear(chosen(np.flatnonzero(~is_held_out)), held_out)
    network = Network(everything.shape[1])
    weights = fit_network(batches, held_out, linear, network)
    for title, values in (("FIRST_WEIGHTS", linear), ("FINAL_WEIGHTS", weights)):
        print(title)
        for name, value in zip(names, values.tolist(), strict=True):
            print(f'    "{name}": {value:.2f},')
    formulas = {code: text for group in groups for code, text in group.formulas.items()}
    options.out.mkdir(parents=True, exist_ok=True)
    write_table(options.out / "ions.tsv", log_odds(learned_from, "part"), formulas)
    write_table(options.out / "losses.tsv", log_odds(learned_from, "loss"), formulas)
    arrays = {"center": center, "scale": scale}
    for i, layer in enumerate(network.layers):
        arrays[f"weight_{i}"] = layer.weight.detach().numpy().T
        arrays[f"bias_{i}"] = layer.bias.detach().numpy()
    np.savez(
        options.out / "fragments.npz",
        **{name: value.astype(np.float32) for name, value in arrays.items()},
    )


if __name__ == "__main__":
    main()
