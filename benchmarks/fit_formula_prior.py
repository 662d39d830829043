"""Learn how molecules are composed from known structures and write the network that says so.

Usage: python benchmarks/fit_formula_prior.py DATA_FOLDER [--formulas 24000] [--seed 1]
                                              [--out resources/formulas/prior.npz]

DATA_FOLDER holds structures.parquet and massbank_ms2.parquet, and spectra/ with files of other
laboratories. The network tells the formula of a molecule from all others of its mass (5 ppm):
the probability of each is exp(output) over the sum of all. Formulas are those whose hash puts them
into the fitting half, without those of the files in spectra/, from sources and records whose
licence has neither NC nor ND. Half of the weight lies on the formulas of measured molecules. Needs
torch (extra "train").
"""

import argparse
import itertools
from pathlib import Path

import duckdb
import numpy as np
import torch
from formula_ranking import is_for_fitting, other_laboratories

from msgui.chemistry.composition_table import composition_table
from msgui.chemistry.formula import Formula
from msgui.chemistry.formula_terms import composition, prior_inputs

PPM = 5.0
MOST_OTHERS = 400
HEAVIEST_DA = 1000.0
# Sources of the structure table whose terms forbid commercial use.
NONCOMMERCIAL = ("hmdb", "cmnpd")
HIDDEN = (32, 32)


def known_formulas(folder: Path, count: int, seed: int) -> dict[str, float]:
    """Return formulas with their weight: half of it on those of measured molecules."""
    structures, records = folder / "structures.parquet", folder / "massbank_ms2.parquet"
    others = {str(case.formula) for case in other_laboratories(folder)}
    with duckdb.connect() as connection:
        free = " and ".join(f"source not like '%{name}%'" for name in NONCOMMERCIAL)
        stored = connection.execute(
            f"""select formula, ln(1 + count(*)) from read_parquet(?)
            where exact_mass between 60 and {HEAVIEST_DA} and charge = 0 and ({free})
            group by 1 order by hash(formula || ?), 1""",
            [str(structures), str(seed)],
        ).fetchall()
        measured = connection.execute(
            f"""select formula, count(distinct inchikey14) from read_parquet(?)
            where exact_mass between 60 and {HEAVIEST_DA} and formula is not null
              and licence not like '%NC%' and licence not like '%ND%'
            group by 1 order by 1""",
            [str(records)],
        ).fetchall()

    def usable(rows: list[tuple[str, float]]) -> dict[str, float]:
        kept = [(f, w) for f, w in rows if is_for_fitting(f) and f not in others]
        return {formula: float(weight) for formula, weight in kept}

    stored_weight = dict(list(usable(stored).items())[:count])
    measured_weight = usable(measured)
    total: dict[str, float] = {}
    for weights in (stored_weight, measured_weight):
        whole = sum(weights.values())
        for formula, weight in weights.items():
            total[formula] = total.get(formula, 0.0) + 0.5 * weight / whole
    return total


def group_of(text: str, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray] | None:
    """Return inputs of a formula and of others of its mass, and what each stands for."""
    try:
        formula = Formula.parse(text)
        table = composition_table(formula.mass * (1 + PPM * 1e-6))
    except Exception:
        return None
    true = np.array(formula.counts)[list(table.columns)]
    if true.sum() != sum(formula.counts):
        return None
    found = table.search(formula.mass, formula.mass * PPM * 1e-6)
    numbers = composition(found, table.columns)
    found = found[(numbers.rdbe % 1 == 0) & (numbers.heavy > 0)]
    wrong = found[(found != true).any(axis=1)]
    if not len(wrong):
        return None
    kept = random.choice(len(wrong), min(MOST_OTHERS, len(wrong)), replace=False)
    rows = np.concatenate([true[None].astype(np.int16), wrong[kept]])
    stands_for = np.full(len(rows), np.log(len(wrong) / len(kept)))
    stands_for[0] = 0.0
    return prior_inputs(composition(rows, table.columns)).astype(np.float32), stands_for


class Network(torch.nn.Module):
    """Inputs to one log-weight."""

    def __init__(self, width: int) -> None:
        super().__init__()
        sizes = (width, *HIDDEN, 1)
        self.layers = torch.nn.ModuleList(
            torch.nn.Linear(before, after) for before, after in itertools.pairwise(sizes)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return self.layers[-1](x)[:, 0]


def group_loss(score: torch.Tensor, first: torch.Tensor, owner: torch.Tensor) -> torch.Tensor:
    """Return -log probability of the first row of each group."""
    number = first.numel()
    highest = torch.full((number,), -1e9).scatter_reduce(0, owner, score, "amax").detach()
    total = torch.zeros(number).scatter_add(0, owner, torch.exp(score - highest[owner]))
    return torch.log(total) + highest - score[first]


def main() -> None:
    """Fit, print and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--formulas", type=int, default=24000)
    parser.add_argument("--passes", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("resources/formulas/prior.npz"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    random = np.random.default_rng(options.seed)
    weights = known_formulas(options.folder, options.formulas, options.seed)
    made = [(w, group_of(text, random)) for text, w in weights.items()]
    groups = [group for _, group in made if group is not None]
    weight = np.array([w for w, group in made if group is not None])
    weight /= weight.mean()
    print(f"{len(groups)} formulas, {sum(len(x) for x, _ in groups)} rows", flush=True)
    everything = np.concatenate([inputs for inputs, _ in groups])
    center, scale = everything.mean(axis=0), everything.std(axis=0) + 1e-6
    is_held_out = np.arange(len(groups)) % 12 == 0
    network = Network(everything.shape[1])
    optimizer = torch.optim.AdamW(network.parameters(), 3e-3, weight_decay=1e-3)
    training = np.flatnonzero(~is_held_out)
    batch = 64
    steps = options.passes * (len(training) // batch + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, steps)

    def loss_of(rows: np.ndarray) -> torch.Tensor:
        x = torch.from_numpy(np.concatenate([(groups[i][0] - center) / scale for i in rows]))
        offset = torch.from_numpy(np.concatenate([groups[i][1] for i in rows]).astype(np.float32))
        sizes = np.array([len(groups[i][0]) for i in rows])
        owner = torch.from_numpy(np.repeat(np.arange(len(rows)), sizes))
        first = torch.from_numpy(np.cumsum(sizes) - sizes)
        losses = group_loss(network(x) + offset, first, owner)
        share = torch.from_numpy(weight[rows].astype(np.float32))
        return (losses * share).sum() / share.sum()

    for turn in range(options.passes):
        order = random.permutation(training)
        for start in range(0, len(order), batch):
            optimizer.zero_grad()
            loss_of(order[start : start + batch]).backward()
            optimizer.step()
            schedule.step()
        if turn % 5 == 4 or turn == options.passes - 1:
            with torch.no_grad():
                held_out = loss_of(np.flatnonzero(is_held_out)).item()
                seen = loss_of(training[:2000]).item()
            print(
                f"pass {turn + 1}: -log probability {seen:.3f}, held out {held_out:.3f}", flush=True
            )
    arrays = {"center": center, "scale": scale}
    for i, layer in enumerate(network.layers):
        arrays[f"weight_{i}"] = layer.weight.detach().numpy().T
        arrays[f"bias_{i}"] = layer.bias.detach().numpy()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez(options.out, **{name: value.astype(np.float32) for name, value in arrays.items()})
    print(f"wrote {options.out}")


if __name__ == "__main__":
    main()
