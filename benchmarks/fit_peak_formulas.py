"""Fit the weights of peak formulas on half of the formulas of MassBank and print them.

Usage: python benchmarks/fit_peak_formulas.py DATA_FOLDER [--spectra 3000] [--seed 1]

Training: records annotated by RMassBank, licences without NC and ND, of molecules whose formula
falls into the first half (benchmarks/peak_formulas.py measures on the other half). Half of them are
moved by a normal error with 4 ppm, so that the score does not learn that records are calibrated.
The blank is right for peaks that were moved by .1 to .4 Da: beside the measured ones in most
spectra, and alone in a few. In some spectra peaks stand a third time, moved by 8 to 25 ppm: the
blank is right there too, as far as the errors of the spectrum can tell.

Writes resources/formulas/measured.tsv, then prints the dictionaries that go into
msgui/chemistry/peak_terms.py. Needs torch (extra "train").
"""

import argparse
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from peak_formulas import Record, is_for_fitting, load, shifted

from msgui.chemistry import known_formulas
from msgui.chemistry.peak_candidates import PEAK_KINDS, peak_candidates
from msgui.chemistry.peak_formulas import Evidence
from msgui.chemistry.peak_rows import formula_of
from msgui.paths import resources

TOLERANCE_PPM = 10.0
MOVED_PPM = 4.0
LEAST_MOLECULES = 3
# A moved peak counts as much as this many real ones: about half of the peaks of an untidy spectrum
# are noise, few lie beside something.
SHIFTED_WEIGHT, NEAR_WEIGHT = 0.4, 0.08
MEASURED_ALONE, SHIFTED_ALONE, WITH_NEAR = 0.25, 0.15, 0.3
NEAR_PPM = (8.0, 25.0)
PENALTY = 1e-4
ROUNDS = 3


@dataclass(frozen=True)
class Sample:
    """One spectrum for fitting: evidence, right rows, and what blank peaks weigh (0: not blank)."""

    evidence: Evidence
    right: np.ndarray
    blank_weight: np.ndarray


Owners = dict[str, dict[str, set[str]]]


def write_known_formulas(records: list[Record]) -> Owners:
    """Write the ions and losses that several molecules have; return which molecules have each."""
    found: Owners = {"ion": {}, "loss": {}}
    for record in records:
        for annotation in record.annotation:
            if (
                annotation is None
                or annotation.isotope
                or not record.ion.contains(annotation.formula)
            ):
                continue
            lost = record.ion - annotation.formula
            for kind, formula in (("ion", annotation.formula), ("loss", lost)):
                if formula:
                    found[kind].setdefault(str(formula), set()).add(record.molecule)
    lines = [
        "# Fragment ions and neutral losses of annotated MassBank records, with the number of",
        f"# molecules that have them ({LEAST_MOLECULES} at least). RMassBank records of the half",
        "# that is fitted on, without NC and ND licences (CC BY, CC BY-SA, CC0).",
        "# Made by benchmarks/fit_peak_formulas.py.",
    ]
    for kind, formulas in found.items():
        counts = Counter({text: len(owners) for text, owners in formulas.items()})
        rows = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        lines += [f"{kind}\t{text}\t{n}" for text, n in rows if n >= LEAST_MOLECULES]
    (resources() / known_formulas.FILE).write_text("\n".join(lines) + "\n", "utf-8")
    known_formulas._known.cache_clear()
    print(f"{len(lines) - 4} known ions and losses")
    return found


def without_own(evidence: Evidence, molecule: str, owners: Owners) -> None:
    """Take back that a formula is known where too few other molecules have it."""
    candidates = evidence.candidates
    for kind, name in (("ion", "known ion"), ("loss", "known loss")):
        for row in np.flatnonzero(evidence.terms[name]):
            counts = candidates.rows.counts[row]
            if kind == "loss":
                counts = np.maximum(candidates.ion - counts, 0)
            text = str(formula_of(counts, candidates.columns))
            others = owners[kind].get(text, set()) - {molecule}
            evidence.terms[name][row] = len(others) >= LEAST_MOLECULES


def sample_of(record: Record, owners: Owners, random: np.random.Generator) -> Sample:
    """Return what is learned from one record."""
    if random.random() < 0.5:
        record = record.moved(float(random.normal(0, MOVED_PPM)))
    copies = [(record.mz, 0.0), (shifted(record.mz, random), SHIFTED_WEIGHT)]
    kind = random.random()
    if kind < MEASURED_ALONE:
        del copies[1]
    elif kind < MEASURED_ALONE + SHIFTED_ALONE:
        del copies[0]
    elif kind < MEASURED_ALONE + SHIFTED_ALONE + WITH_NEAR:
        sign = random.choice([-1, 1], record.mz.size)
        far = random.uniform(*NEAR_PPM, record.mz.size) * sign
        copies.append((record.mz * (1 + far * 1e-6), NEAR_WEIGHT))
    blank_weight = np.repeat([weight for _, weight in copies], record.mz.size)
    texts = [text if weight == 0 else None for _, weight in copies for text in record.texts]
    mz = np.concatenate([values for values, _ in copies])
    order = np.argsort(mz, kind="stable")
    record = replace(
        record,
        mz=mz[order],
        intensity=np.tile(record.intensity, len(copies))[order],
        texts=tuple(texts[place] for place in order),
    )
    candidates = peak_candidates(
        record.mz, record.intensity, record.ion, record.adduct, TOLERANCE_PPM, PEAK_KINDS
    )
    evidence = Evidence(candidates, record.mz, record.intensity)
    without_own(evidence, record.molecule, owners)
    return Sample(evidence, record.right_rows(candidates), blank_weight[order])


def fit(samples: list[Sample]) -> tuple[dict[str, float], dict[str, float]]:
    """Return weights of candidates and of blanks; support is computed with those of before."""
    weights: dict[str, float] = {}
    blank_weights: dict[str, float] = {}
    for round_number in range(ROUNDS):
        for sample in samples:
            if weights:
                sample.evidence.weighed(weights, blank_weights)
        weights, blank_weights = fit_once(samples)
        print(f"round {round_number}")
    return weights, blank_weights


def fit_once(samples: list[Sample]) -> tuple[dict[str, float], dict[str, float]]:
    """Return the weights that make the right candidates and blanks most probable."""
    names, blank_names = list(samples[0].evidence.terms), list(samples[0].evidence.blank_terms)
    x = np.concatenate([np.stack([s.evidence.terms[n] for n in names], 1) for s in samples])
    b = np.concatenate(
        [np.stack([s.evidence.blank_terms[n] for n in blank_names], 1) for s in samples]
    )
    sizes = np.array([s.evidence.candidates.n_peaks for s in samples])
    starts = np.cumsum(sizes) - sizes
    owner = np.concatenate(
        [s.evidence.candidates.rows.peak + at for s, at in zip(samples, starts, strict=True)]
    )
    right = np.concatenate([s.right for s in samples])
    blank_weight = np.concatenate([s.blank_weight for s in samples])
    is_blank = blank_weight > 0
    has_right = np.zeros(len(b), dtype=bool)
    has_right[owner[right]] = True
    weight = np.where(is_blank, blank_weight, has_right * 1.0)
    scale, blank_scale = x.std(axis=0) + 1e-9, np.maximum(b.std(axis=0), 1e-9)
    blank_scale[0] = 1.0
    tensors = [torch.tensor(value) for value in (x / scale, b / blank_scale, owner, right, weight)]
    x_t, b_t, owner_t, right_t, weight_t = tensors
    blank_t = torch.tensor(is_blank)
    w = torch.zeros(x.shape[1], dtype=torch.double, requires_grad=True)
    v = torch.zeros(b.shape[1], dtype=torch.double, requires_grad=True)
    optimizer = torch.optim.LBFGS([w, v], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        scores, blanks = x_t @ w, b_t @ v
        highest = blanks.detach().scatter_reduce(0, owner_t, scores.detach(), "amax")
        of_rows, of_blank = torch.exp(scores - highest[owner_t]), torch.exp(blanks - highest)
        total = of_blank.index_add(0, owner_t, of_rows)
        good = torch.zeros_like(total).index_add(0, owner_t, of_rows * right_t)
        good = torch.where(blank_t, of_blank, good)
        value = -(weight_t * torch.log(good.clamp_min(1e-12) / total)).sum() / weight_t.sum()
        value = value + PENALTY * ((w**2).sum() + (v**2).sum())
        value.backward()
        return value

    optimizer.step(loss)
    print(f"mean -log plausibility of what is right: {loss().item():.4f}")
    return (
        dict(zip(names, (w.detach().numpy() / scale).tolist(), strict=True)),
        dict(zip(blank_names, (v.detach().numpy() / blank_scale).tolist(), strict=True)),
    )


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--spectra", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(1)
    records = [r for r in load(options.folder, options.seed) if is_for_fitting(r.molecule_formula)]
    records = [r for r in records if r.is_free and r.recalibrated]
    owners = write_known_formulas(records)
    random = np.random.default_rng(options.seed)
    per_molecule: Counter[str] = Counter()
    chosen = []
    for place in random.permutation(len(records)):
        record = records[place]
        per_molecule[record.molecule] += 1
        if per_molecule[record.molecule] <= 2 and len(chosen) < options.spectra:
            chosen.append(record)
    samples = [sample_of(record, owners, random) for record in chosen]
    print(f"{len(samples)} spectra of {len(per_molecule)} molecules")
    weights, blank_weights = fit(samples)
    for title, values in (("PEAK_WEIGHTS", weights), ("BLANK_WEIGHTS", blank_weights)):
        print(title)
        for name, weight in values.items():
            print(f'    "{name}": {weight:.3f},')


if __name__ == "__main__":
    main()
