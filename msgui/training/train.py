"""Training: molecule-balanced passes, early stopping, checkpoints that a run can go on from."""

import json
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from msgui.errors import MsguiError
from msgui.prediction.card import KNOWN_INPUTS, OTHER
from msgui.prediction.inputs import ANALYSERS
from msgui.progress import Step
from msgui.training.batches import Sampler, TrainingArrays
from msgui.training.dataset import Dataset
from msgui.training.measures import best_threshold, jaccard, molecule_weights
from msgui.training.networks import LOWEST_LOSS, SpectrumNetwork, bin_rows, make_network
from msgui.training.parallel import team_now
from msgui.training.pretraining import take_over
from msgui.training.recipe import Recipe
from msgui.training.splits import Split, check_leaks

CHECKPOINT = "checkpoint.pt"
BEST = "best.pt"
LOG = "log.jsonl"
# An adduct seen less often shares one vector with all rare ones.
LEAST_SPECTRA_OF_AN_ADDUCT = 20
# The bit-wise loss is summed over 4096 bits and scaled to order one beside the metric loss.
_BIT_LOSS_SCALE = 0.02
_METRIC_TEMPERATURE = 0.1
_VALIDATION_BATCH = 256
# Logarithm: cosines are never weighed more than thirtyfold.
_SHARPEST = 3.4

# In the order of the network's arguments.
INPUTS = KNOWN_INPUTS


@dataclass(frozen=True)
class PassReport:
    """What one pass over the training molecules gave.

    Parameters
    ----------
    number, passes : int
    bit_loss, metric_loss : float
        Means over the pass.
    validation_jaccard : float
        Every validation molecule counts alike; at the best threshold.
    threshold : float
    best : bool
        Is it the best so far.
    """

    number: int
    passes: int
    bit_loss: float
    metric_loss: float
    validation_jaccard: float
    threshold: float
    best: bool


@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """The best network of a run, in evaluation mode, with what it needs to be exported."""

    network: SpectrumNetwork
    adducts: tuple[str, ...]
    best_pass: int
    validation_jaccard: float


def adduct_list(dataset: Dataset, rows: npt.NDArray[np.int64]) -> tuple[str, ...]:
    """Return the adducts that get a vector of their own, commonest first; the last is "other"."""
    counts = Counter(dataset.adduct[rows].tolist())
    frequent = [a for a, n in counts.most_common() if n >= LEAST_SPECTRA_OF_AN_ADDUCT]
    return (*frequent, OTHER)


def to_tensors(inputs: dict[str, npt.NDArray[Any]], device: str = "cpu") -> tuple[Tensor, ...]:
    """Return a network's inputs in the order of its arguments."""
    return tuple(torch.from_numpy(inputs[name]).to(device) for name in INPUTS)


def predict_rows(
    network: SpectrumNetwork, arrays: TrainingArrays, rows: npt.NDArray[np.int64]
) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[np.float32], npt.NDArray[np.float32]]]:
    """Yield (rows, logits, embeddings) in batches of like length, not in the order of ``rows``."""
    lengths = np.diff(arrays.dataset.offsets)[rows]
    ordered = rows[np.argsort(lengths, kind="stable")]
    device = str(next(network.parameters()).device)
    network.eval()
    for start in range(0, ordered.size, _VALIDATION_BATCH):
        part = ordered[start : start + _VALIDATION_BATCH]
        with torch.inference_mode():
            logits, embedding = network(*to_tensors(arrays.inputs(part), device))
        yield part, logits.float().cpu().numpy(), embedding.float().cpu().numpy()


def train(
    dataset: Dataset,
    split: Split,
    recipe: Recipe,
    folder: str | Path,
    *,
    resume: bool = False,
    start: str | Path | None = None,
) -> Iterator[Step | PassReport | TrainedNetwork]:
    """Yield steps, a report after each pass, and at the end the best network.

    The folder gets ``checkpoint.pt`` and ``best.pt`` (written aside and renamed, so that an
    interrupted run leaves whole files) and ``log.jsonl`` with one report a line. Closing the
    generator stops the run; with ``resume`` it goes on after the last whole pass and gives what an
    uninterrupted run would have given. ``start`` is the ``best.pt`` of a run to begin from.

    In a team of processes (:mod:`msgui.training.parallel`) each learns from its part of every
    batch; all of them call this with the same arguments.

    Raises
    ------
    MsguiError
        When the split leaks, or the checkpoint belongs to another recipe or split.
    """
    check_leaks(dataset, split)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if recipe.training.threads:
        torch.set_num_threads(recipe.training.threads)
    run = _Run(dataset, split, recipe, folder)
    if resume and (folder / CHECKPOINT).exists():
        run.load()
    else:
        if run.team.is_first:
            (folder / LOG).write_text("", encoding="utf-8")
        if start is not None:
            run.start_from(start)
    while run.goes_on:
        yield from run.one_pass()
    yield run.best()


class _Run:
    """The state of one training run between passes."""

    def __init__(self, dataset: Dataset, split: Split, recipe: Recipe, folder: Path) -> None:
        settings = recipe.training
        self.recipe, self.settings, self.folder = recipe, settings, folder
        self.identity = json.dumps([recipe.as_dict(), split.sha256], sort_keys=True)
        rows = np.flatnonzero(split.mask(dataset, "train"))
        self.validation = np.flatnonzero(split.mask(dataset, "validation"))
        self.adducts = adduct_list(dataset, rows)
        self.arrays = TrainingArrays.of(dataset, self.adducts, len(ANALYSERS))
        self.sampler = Sampler(self.arrays, rows, recipe.augmentation)
        self.team = team_now()
        self.device = self.team.device
        torch.manual_seed(settings.seed)
        vocabulary = training_bins(dataset, rows)
        self.network = make_network(
            recipe.network, vocabulary, len(self.adducts), len(ANALYSERS), **recipe.size
        ).to(self.device)
        self._start_from_frequencies(dataset, rows)
        self.average = {k: v.detach().clone() for k, v in self.network.state_dict().items()}
        self.steps = self.sampler.batches_in_pass(settings.spectra_per_molecule, settings.batch)
        decayed = [p for p in self.network.parameters() if p.ndim > 1]
        plain = [p for p in self.network.parameters() if p.ndim <= 1]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": decayed, "weight_decay": settings.weight_decay},
                {"params": plain, "weight_decay": 0.0},
            ],
            lr=settings.learning_rate,
            betas=(0.9, 0.98),
            fused=True,
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer,
            settings.learning_rate,
            total_steps=settings.passes * self.steps + 1,
            pct_start=0.15,
            cycle_momentum=False,
        )
        self.number, self.best_pass, self.best_score = 0, 0, -1.0
        # Its weights are those of the network; only its gradients are shared.
        self.learner = self.team.shared(self.network, all_used=settings.matching_weight > 0)

    def _start_from_frequencies(self, dataset: Dataset, rows: npt.NDArray[np.int64]) -> None:
        """Set the last biases to bit frequencies: the first passes need not learn them."""
        molecules = np.unique(dataset.molecule[rows])
        bits = np.unpackbits(dataset.molecules.fingerprints[molecules], axis=1)
        share = (bits.mean(0) * molecules.size + 0.1) / (molecules.size + 1.0)
        with torch.no_grad():
            logit = torch.from_numpy(np.log(share / (1 - share)).astype(np.float32))
            self.network.fingerprint.bias.copy_(logit[: self.network.size.bits])
            self.network.fingerprint.weight.mul_(0.1)

    def start_from(self, path: str | Path) -> None:
        """Begin with the weights of another run."""
        take_over(self.network, self.adducts, path)
        self.average = {k: v.detach().clone() for k, v in self.network.state_dict().items()}

    @property
    def goes_on(self) -> bool:
        waited = self.number - self.best_pass
        return self.number < self.settings.passes and waited < self.settings.patience

    def one_pass(self) -> Iterator[Step | PassReport]:
        settings, number = self.settings, self.number
        # Dropout depends on the pass alone, so that a resumed run repeats an unbroken one.
        torch.manual_seed(settings.seed * 1000 + number + 7919 * self.team.place)
        self.network.train()
        losses = []
        batches = self.sampler.pass_(
            number,
            settings.seed,
            settings.spectra_per_molecule,
            settings.batch,
            (self.team.place, self.team.size),
        )
        for step, (rows, inputs) in enumerate(batches):
            losses.append(self._learn(rows, inputs))
            done = number * self.steps + step + 1
            total = settings.passes * self.steps
            yield Step(min(done, total), total, f"pass {number + 1} of {settings.passes}")
        self.number += 1
        score, threshold = yield from self._validate()
        score = self.team.agreed(score)
        is_best = score > self.best_score
        if is_best:
            self.best_score, self.best_pass = score, self.number
            best = {"network": self.average, "pass": self.number, "score": score}
            self._save({**best, "adducts": list(self.adducts)}, BEST)
        bit_loss, metric_loss = np.mean(losses, axis=0).tolist()
        report = PassReport(
            self.number,
            settings.passes,
            round(bit_loss, 5),
            round(metric_loss, 5),
            round(score, 5),
            threshold,
            is_best,
        )
        if self.team.is_first:
            with self._at(LOG).open("a", encoding="utf-8") as log:
                log.write(json.dumps(asdict(report)) + "\n")
        self._checkpoint()
        self.team.wait()
        yield report

    def _learn(
        self, rows: npt.NDArray[np.int64], inputs: dict[str, npt.NDArray[Any]]
    ) -> tuple[float, float]:
        bits = torch.from_numpy(self.arrays.targets(rows)).to(self.device).float()
        with torch.autocast(
            self.device.partition(":")[0], torch.bfloat16, enabled=self.settings.half_precision
        ):
            logits, embedding = self.learner(*to_tensors(inputs, self.device))
        bit_loss = functional.binary_cross_entropy_with_logits(
            logits.float(), bits, reduction="none"
        )
        bit_loss = bit_loss.sum(1).mean() * _BIT_LOSS_SCALE
        similar = metric_loss(embedding, bits)
        loss = bit_loss + self.settings.metric_weight * similar
        if self.settings.matching_weight > 0:
            matched = self._matching_loss(rows, embedding, bits)
            loss = loss + self.settings.matching_weight * matched
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.schedule.step()
        self._follow()
        return float(bit_loss.detach()), float(similar.detach())

    def _matching_loss(
        self, rows: npt.NDArray[np.int64], embedding: Tensor, bits: Tensor
    ) -> Tensor:
        """Return the cross-entropy of finding each spectrum's molecule among those of the batch."""
        _, first, own = np.unique(
            self.arrays.dataset.molecule[rows], return_index=True, return_inverse=True
        )
        encoder = self.network.molecules
        places = encoder(bits[torch.from_numpy(first).to(bits.device)])
        likeness = encoder.sharpness.clamp(max=_SHARPEST).exp() * (embedding @ places.T)
        return functional.cross_entropy(likeness, torch.from_numpy(own).to(bits.device))

    def _follow(self) -> None:
        """Move the running mean of the weights."""
        # At the start a short memory, so that the first weights are forgotten.
        step = self.schedule.last_epoch
        memory = min(self.settings.averaging, (1 + step) / (10 + step))
        for name, value in self.network.state_dict().items():
            if value.is_floating_point():
                self.average[name].lerp_(value.detach(), 1 - memory)

    def _validate(self) -> Generator[Step, None, tuple[float, float]]:
        learned = {k: v.detach().clone() for k, v in self.network.state_dict().items()}
        self.network.load_state_dict(self.average)
        rows, probability = [], []
        for part, logits, _ in predict_rows(self.network, self.arrays, self.validation):
            rows.append(part)
            probability.append(1 / (1 + np.exp(-logits)))
            yield Step(0, 0, "validation")
        self.network.load_state_dict(learned)
        order, guess = np.concatenate(rows), np.concatenate(probability)
        truth = self.arrays.targets(order)
        weight = molecule_weights(self.arrays.dataset.molecule[order])
        threshold = best_threshold(guess, truth, weight)
        return float(np.average(jaccard(guess, truth, threshold), weights=weight)), threshold

    def _at(self, name: str) -> Path:
        return self.folder / name

    def _checkpoint(self) -> None:
        state = {
            "identity": self.identity,
            "network": self.network.state_dict(),
            "average": self.average,
            "optimizer": self.optimizer.state_dict(),
            "schedule": self.schedule.state_dict(),
            "progress": (self.number, self.best_pass, self.best_score),
        }
        self._save(state, CHECKPOINT)

    def _save(self, state: dict[str, Any], name: str) -> None:
        """Write aside and rename: an interruption leaves the old file or the new one, whole."""
        if self.team.is_first:
            aside = self._at(name).with_suffix(".part")
            torch.save(state, aside)
            aside.replace(self._at(name))

    def load(self) -> None:
        path = self._at(CHECKPOINT)
        state = torch.load(path, map_location=self.device, weights_only=True)
        if state["identity"] != self.identity:
            raise MsguiError(
                "The checkpoint belongs to another recipe, split or data set.",
                "Choose another --out, or leave --resume out to start anew.",
                str(path),
            )
        self.network.load_state_dict(state["network"])
        self.average = state["average"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.number, self.best_pass, self.best_score = state["progress"]
        if self.team.is_first:
            lines = self._at(LOG).read_text(encoding="utf-8").splitlines()[: self.number]
            self._at(LOG).write_text("".join(line + "\n" for line in lines), encoding="utf-8")

    def best(self) -> TrainedNetwork:
        state = torch.load(self._at(BEST), map_location=self.device, weights_only=True)
        self.network.load_state_dict(state["network"])
        network = self.network.eval()
        return TrainedNetwork(network, self.adducts, int(state["pass"]), float(state["score"]))


def training_bins(
    dataset: Dataset, rows: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the embedding rows of m/z bins and of neutral-loss bins, from training peaks alone."""
    part = dataset.only(np.isin(np.arange(len(dataset)), rows))
    lengths = np.diff(part.offsets)
    molecule = np.repeat(part.molecule, lengths)
    loss = np.repeat(part.precursor_mz, lengths) - part.mz
    return bin_rows(part.mz, molecule, 0.0), bin_rows(loss, molecule, LOWEST_LOSS)


def metric_loss(embedding: Tensor, bits: Tensor) -> Tensor:
    """Return how far likeness of embeddings is from likeness of structures within a batch.

    Cross-entropy between two distributions over the other spectra of the batch: the softmax of
    Tanimoto similarities and the softmax of embedding cosines, both at temperature 0.1.
    """
    both = bits @ bits.T
    count = bits.sum(1)
    tanimoto = both / (count[:, None] + count[None, :] - both).clamp(min=1.0)
    own = torch.eye(len(bits), dtype=torch.bool, device=bits.device)
    wanted = (tanimoto / _METRIC_TEMPERATURE).masked_fill(own, -1e4).softmax(-1)
    found = (embedding @ embedding.T / _METRIC_TEMPERATURE).masked_fill(own, -1e4)
    return -(wanted * found.log_softmax(-1)).sum(-1).mean()
