"""Does influence say what leaving training spectra out does? Trains small networks again and again.

A small network of the kind that ships is trained on a few hundred compounds, and again on random
halves of them. For spectra of new compounds the change of the log-likelihood of the true
fingerprint from half to half is compared with the sum of the influences of the spectra in it (the
linear datamodeling score of Park et al., "TRAK", 2023: Spearman correlation, mean over spectra).
Beside it: the exact leave-one-out of the last layer (fitted anew without one spectrum), and EK-FAC
(Grosse et al., 2023) by kronfluence where it is installed.

    pip install --no-deps kronfluence==1.0.1 accelerate einops einconv opt-einsum safetensors psutil
    python benchmarks/influence.py --data massbank_ms2.parquet
"""

import argparse
import copy
import importlib.util
import tempfile
import time
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import torch
from torch.nn import functional

from msgui.commands.bench import good_spectra
from msgui.commands.console import Console
from msgui.prediction.inputs import ANALYSERS
from msgui.training.batches import TrainingArrays
from msgui.training.influence_index import build_influence_index
from msgui.training.networks import make_network
from msgui.training.train import INPUTS, adduct_list, training_bins
from msgui.trust.influence import InfluenceIndex

SIZE = {"width": 32, "hidden": 128, "blocks": 1, "heads": 2, "embedding": 16, "dropout": 0.0}
BATCH, RATE, DECAY = 128, 3e-3, 1e-2


@dataclass(frozen=True, eq=False)
class Small:
    """A small training set as tensors, and spectra of new compounds."""

    inputs: dict
    bits: torch.Tensor
    molecule: np.ndarray
    test_inputs: dict
    test_bits: torch.Tensor
    fresh: object

    def __len__(self):
        return len(self.bits)


def small_set(dataset, compounds, spectra, new, seed=1):
    """Return some spectra of so many compounds, and one of each of the ``new``."""
    random = np.random.default_rng(seed)
    by_compound = [np.flatnonzero(dataset.molecule == m) for m in np.unique(dataset.molecule)]
    chosen = [random.permutation(by_compound[i]) for i in random.permutation(len(by_compound))]
    train = np.sort(np.concatenate([rows[:spectra] for rows in chosen[:compounds]]))
    test = np.array([rows[0] for rows in chosen[compounds : compounds + new]])
    adducts = adduct_list(dataset, train)
    arrays = TrainingArrays.of(dataset, adducts, len(ANALYSERS))
    bins = training_bins(dataset, train)

    def fresh():
        torch.manual_seed(seed)
        return make_network("mlp", bins, len(adducts), len(ANALYSERS), **SIZE)

    def tensors(rows):
        return {k: torch.from_numpy(v) for k, v in arrays.inputs(rows).items()}

    def bits(rows):
        return torch.from_numpy(arrays.targets(rows)).float()

    return Small(
        tensors(train), bits(train), dataset.molecule[train], tensors(test), bits(test), fresh
    )


def trained(small, kept, passes, seed=0):
    """Return a network that learned from some of the spectra; the same seed gives the same one."""
    network = small.fresh().train()
    with torch.no_grad():
        # As the training of msgui does: the last biases begin with the frequencies of the bits.
        share = (small.bits[kept].sum(0) + 0.1) / (len(kept) + 1)
        network.fingerprint.bias.copy_(torch.logit(share))
        network.fingerprint.weight.mul_(0.1)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    random = np.random.default_rng(seed)
    steps = passes * -(-len(kept) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps + 1)
    for _ in range(passes):
        order = random.permutation(kept)
        for start in range(0, len(order), BATCH):
            rows = torch.from_numpy(order[start : start + BATCH])
            logits, _ = network(*(small.inputs[name][rows] for name in INPUTS))
            loss = functional.binary_cross_entropy_with_logits(
                logits, small.bits[rows], reduction="sum"
            ) / len(rows)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            schedule.step()
    return network.eval()


def answers(network, inputs):
    """Return logits and last features of a network as arrays."""
    kept = []
    hook = network.fingerprint.register_forward_pre_hook(lambda _, given: kept.append(given[0]))
    with torch.inference_mode():
        logits, _ = network(*(inputs[name] for name in INPUTS))
    hook.remove()
    return logits.numpy(), kept[0].numpy()


def log_likelihood(logits, bits):
    """Return the log-likelihood of the bits, shape (n,)."""
    return -np.logaddexp(0, -logits * (2 * bits - 1)).sum(1)


def shipped_scores(small, train, test):
    """Return what msgui computes, shape (spectra, tests), from the logits alone."""
    probability, test_probability = (sigmoid(logits) for logits, _ in (train, test))
    truth = small.test_bits.numpy().astype(np.uint8)
    index = index_of(probability)
    memory = SimpleNamespace(structure=np.arange(len(small)))
    object.__setattr__(index, "_structure_bits", small.bits.numpy().astype(np.uint8))
    return np.stack(
        [index.scores(p, bits, memory) for p, bits in zip(test_probability, truth, strict=True)],
        axis=1,
    )


def index_of(probability):
    """Return the index of some probabilities, made as for a model that ships."""
    arrays = SimpleNamespace(inputs=lambda rows, _: rows, dataset=SimpleNamespace())
    arrays.dataset.offsets = np.arange(len(probability) + 1)
    made = build_influence_index(
        lambda rows: (probability[rows], np.zeros((len(rows), 1), np.float32)),
        arrays,
        np.arange(len(probability)),
    )
    return next(event for event in made if isinstance(event, InfluenceIndex))


def gradient_products(small, train, test):
    """Return plain products of last-layer gradients, as TracIn takes them from one checkpoint."""
    residual = small.bits.numpy() - sigmoid(train[0])
    asked = small.test_bits.numpy() - sigmoid(test[0])
    return (train[1] @ test[1].T + 1) * (residual @ asked.T)


def likeness(small):
    """Return the Tanimoto similarity of structures: the control that knows no model."""
    a, b = small.bits.numpy(), small.test_bits.numpy()
    both = a @ b.T
    return both / (a.sum(1)[:, None] + b.sum(1)[None] - both)


def ekfac_scores(small, network, folder):
    """Return the influence by EK-FAC over all linear layers, shape (spectra, tests)."""
    from kronfluence.analyzer import Analyzer, prepare_model
    from kronfluence.arguments import FactorArguments, ScoreArguments
    from kronfluence.task import Task

    class Bits(Task):
        def compute_train_loss(self, batch, model, sample=False):
            logits, _ = model(*batch[:-1])
            bits = torch.bernoulli(logits.detach().sigmoid()) if sample else batch[-1]
            return functional.binary_cross_entropy_with_logits(logits, bits, reduction="sum")

        def compute_measurement(self, batch, model):
            return self.compute_train_loss(batch, model)

        def get_influence_tracked_modules(self):
            return [
                name
                for name, module in network.named_modules()
                if isinstance(module, torch.nn.Linear)
                and not name.startswith(("molecules", "to_embedding"))
            ]

    def data(inputs, bits):
        return torch.utils.data.TensorDataset(*(inputs[name] for name in INPUTS), bits)

    task = Bits()
    model = prepare_model(copy.deepcopy(network), task)
    analyzer = Analyzer("influence", model, task, cpu=True, output_dir=folder, disable_tqdm=True)
    train, test = data(small.inputs, small.bits), data(small.test_inputs, small.test_bits)
    analyzer.fit_all_factors(
        "ekfac",
        train,
        per_device_batch_size=128,
        factor_args=FactorArguments(strategy="ekfac"),
        overwrite_output_dir=True,
    )
    analyzer.compute_pairwise_scores(
        "scores",
        "ekfac",
        test,
        train,
        per_device_query_batch_size=8,
        per_device_train_batch_size=128,
        score_args=ScoreArguments(damping_factor=None),
        overwrite_output_dir=True,
    )
    return analyzer.load_pairwise_scores("scores")["all_modules"].numpy().T


def halves(small, count, passes, random):
    """Yield which spectra a random half of the compounds has, and the tests' log-likelihoods."""
    compounds = np.unique(small.molecule)
    truth = small.test_bits.numpy()
    for _ in range(count):
        half = random.choice(compounds, compounds.size // 2, replace=False)
        kept = np.isin(small.molecule, half)
        network = trained(small, np.flatnonzero(kept), passes)
        yield kept, log_likelihood(answers(network, small.test_inputs)[0], truth)


def datamodeling(scores, kept, found):
    """Return the mean Spearman correlation over tests, and its 95 % bootstrap interval."""
    each = np.array([spearman(kept @ scores[:, j], found[:, j]) for j in range(scores.shape[1])])
    random = np.random.default_rng(0)
    means = [random.choice(each, each.size).mean() for _ in range(1000)]
    return each.mean(), np.quantile(means, [0.025, 0.975])


def spearman(a, b):
    """Return the rank correlation of two arrays."""
    ranks = [np.argsort(np.argsort(x, kind="stable"), kind="stable") for x in (a, b)]
    return float(np.corrcoef(*ranks)[0, 1])


def removal(small, scores, passes, network, tests, compounds, random):
    """Return how much the log-likelihood of each test falls without the compounds that helped.

    Shape (3, tests): without those of highest score, of highest likeness, and without random ones.
    """
    truth = small.test_bits.numpy()
    before = log_likelihood(answers(network, small.test_inputs)[0], truth)
    all_compounds = np.unique(small.molecule)
    alike = likeness(small)
    falls = []
    for test in tests:
        by_score, by_likeness = (
            np.array([values[small.molecule == m, test].sum() for m in all_compounds])
            for values in (scores, alike / np.bincount(small.molecule)[small.molecule][:, None])
        )
        fall = []
        for order in (-by_score, -by_likeness, random.random(all_compounds.size)):
            gone = all_compounds[np.argsort(order, kind="stable")[:compounds]]
            kept = np.flatnonzero(~np.isin(small.molecule, gone))
            again = trained(small, kept, passes)
            after = log_likelihood(answers(again, small.test_inputs)[0], truth)
            fall.append(before[test] - after[test])
        falls.append(fall)
    return np.array(falls).T


def last_layer_left_out(small, train, test, left_out, bits, ridge):
    """Return exact and computed changes when one spectrum is left out of the last layer alone.

    The last layer is fitted to convergence on fixed features with a ridge, for some bits, and
    again without each of the spectra; both arrays have the shape (left_out, tests).
    """
    features, asked = (np.c_[h, np.ones(len(h))].astype(np.float64) for _, h in (train, test))
    truth, wanted = small.bits.numpy()[:, bits], small.test_bits.numpy()[:, bits]

    def fit(rows, start, steps):
        weights = start.copy()
        x = features[rows]
        for _ in range(steps):
            p = sigmoid(x @ weights)
            gradient = x.T @ (truth[rows] - p) - ridge * weights
            curvature = p * (1 - p)
            for b in range(len(bits)):
                hessian = (x * curvature[:, b, None]).T @ x + ridge * np.eye(x.shape[1])
                weights[:, b] += np.linalg.solve(hessian, gradient[:, b])
        return weights

    everything = np.arange(len(small))
    weights = fit(everything, np.zeros((features.shape[1], len(bits))), 12)
    before = log_likelihood(asked @ weights, wanted)
    exact = []
    for row in left_out:
        without = fit(everything[everything != row], weights, 2)
        exact.append(before - log_likelihood(asked @ without, wanted))
    p = sigmoid(features @ weights)
    curvature = (p * (1 - p)).sum(0)
    # Two factors: one matrix for all bits, each bit with its mean curvature.
    shape = (features * (p * (1 - p)).sum(1)[:, None]).T @ features / curvature.sum()
    computed = np.zeros((len(left_out), len(asked)))
    for b in range(len(bits)):
        hessian = curvature[b] * shape + ridge * np.eye(len(shape))
        kernel = features[left_out] @ np.linalg.solve(hessian, asked.T)
        residual = (truth - p)[left_out, b][:, None]
        computed += kernel * residual * (wanted[:, b] - sigmoid(asked @ weights[:, b]))[None]
    return np.array(exact), computed


def sigmoid(x):
    """Return 1 / (1 + exp(-x))."""
    return (1 / (1 + np.exp(-np.clip(x, -60, 60)))).astype(np.asarray(x).dtype)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", nargs="+", required=True)
    parser.add_argument("--compounds", type=int, default=400)
    parser.add_argument("--tests", type=int, default=40)
    parser.add_argument("--halves", type=int, default=40)
    parser.add_argument("--removals", type=int, default=12)
    parser.add_argument("--passes", type=int, default=25)
    parser.add_argument("--seed", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(1)
    start = time.perf_counter()
    dataset = good_spectra(options.data, Console(as_json=False))
    small = small_set(dataset, options.compounds, 4, options.tests, options.seed)
    random = np.random.default_rng(options.seed)
    network = trained(small, np.arange(len(small)), options.passes)
    train, test = answers(network, small.inputs), answers(network, small.test_inputs)
    print(
        f"{len(small):,} spectra of {options.compounds} compounds; {options.tests} spectra of new "
        f"compounds; log-likelihood {log_likelihood(train[0], small.bits.numpy()).mean():.1f} in "
        f"training, {log_likelihood(test[0], small.test_bits.numpy()).mean():.1f} of the new ones",
        flush=True,
    )
    methods = {
        "last layer, as msgui computes it": shipped_scores(small, train, test),
        "products of last-layer gradients": gradient_products(small, train, test),
        "likeness of structures (control)": likeness(small),
        "random (control)": random.random((len(small), options.tests)),
    }
    if importlib.util.find_spec("kronfluence"):
        with tempfile.TemporaryDirectory() as folder:
            methods["EK-FAC, all layers"] = ekfac_scores(small, network, folder)
    else:
        print("EK-FAC is left out: kronfluence is not installed.")
    rows = random.choice(len(small), 30, replace=False)
    common = np.flatnonzero(small.bits.numpy().sum(0) >= 5)
    bits = random.choice(common, min(100, common.size), replace=False)
    exact, computed = last_layer_left_out(small, train, test, rows, bits, ridge=1.0)
    each = [spearman(exact[:, j], computed[:, j]) for j in range(options.tests)]
    print(
        f"Last layer alone, {len(rows)} spectra left out one by one, {len(bits)} bits: Spearman "
        f"{np.mean(each):.3f} (exact change against influence, mean over {options.tests} tests)",
        flush=True,
    )
    found = list(halves(small, options.halves, options.passes, random))
    kept, after = np.array([k for k, _ in found]), np.array([a for _, a in found])
    print(f"\nTrained again on {options.halves} halves of the compounds:")
    print("| influence by | Spearman with the change | 95 % | with EK-FAC |")
    print("|---|--:|---|--:|")
    full = methods.get("EK-FAC, all layers")
    for name, scores in methods.items():
        mean, (low, high) = datamodeling(scores, kept, after)
        each = [] if full is None else map(spearman, scores.T, full.T)
        beside = f"{np.mean(list(each)):.3f}" if full is not None else ""
        print(f"| {name} | {mean:.3f} | {low:.3f}–{high:.3f} | {beside} |", flush=True)
    tests = np.arange(options.removals)
    scores = methods["last layer, as msgui computes it"]
    falls = removal(small, scores, options.passes, network, tests, 10, random)
    print(
        "\nTrained again without ten compounds: fall of the log-likelihood in nats (mean, median)"
    )
    for name, fall in zip(("most helpful", "most alike", "random"), falls, strict=True):
        print(f"  {name}: {fall.mean():.2f}, {np.median(fall):.2f} over {len(fall)} tests")
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
