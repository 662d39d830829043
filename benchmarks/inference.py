"""How fast the bundled model predicts and candidates are ranked on this machine.

    python benchmarks/inference.py [MODEL]

Prints milliseconds and ratios: one by one against in batches, all threads against one, rankings
of 1,000 candidates against the time a person waits without noticing.
"""

import sys
import time

import numpy as np

from msgui.fragments.scoring import CandidateScores
from msgui.prediction import agreement
from msgui.prediction.models import find_model
from msgui.prediction.onnx_model import Model
from msgui.prediction.ranking import rank
from msgui.spectra.spectrum import CollisionEnergy, Spectrum
from msgui.structures.structure import Structure

SPECTRA, CANDIDATES, LONGEST_WAIT_MS = 400, 1000, 1500.0


def spectra(n):
    """Return made-up spectra with 5 to 60 peaks."""
    rng = np.random.default_rng(0)
    made = []
    for _ in range(n):
        peaks, precursor = int(rng.integers(5, 60)), float(rng.uniform(150, 700))
        made.append(
            Spectrum(
                np.sort(rng.uniform(50, precursor, peaks)),
                rng.exponential(10, peaks) + 0.1,
                precursor_mz=precursor,
                instrument="Orbitrap",
                collision_energy=CollisionEnergy("30 eV", 30.0, "eV"),
            )
        )
    return made


def chains(n):
    """Return n different structures (substituted anilides), to be ranked."""
    found = []
    for i in range(n):
        amine, ether, alkyl = ("C" * (1 + i // 10**place % 10) for place in range(3))
        smiles = f"{amine}NC(=O)c1ccc(O{ether})c({alkyl})c1"
        found.append(Structure(smiles, f"{i:014d}", "C20H20NO2", 300.0))
    return found


def milliseconds(job, repeats=3):
    """Return the best time of a job."""
    best = float("inf")
    for _ in range(repeats):
        start = time.perf_counter()
        job()
        best = min(best, time.perf_counter() - start)
    return best * 1000


def main():
    """Print the table."""
    folder = find_model(sys.argv[1] if len(sys.argv) > 1 else "auto")
    start = time.perf_counter()
    model = Model.open(folder, "cpu")
    print(
        f"{model.name}: opened in {(time.perf_counter() - start) * 1000:.0f} ms on {model.provider}"
    )
    single = Model.open(folder, "cpu", threads=1)
    queries = spectra(SPECTRA)
    formulas, adducts = ["C16H20N2O4"] * SPECTRA, ["[M+H]+"] * SPECTRA

    def one_by_one(opened):
        for query in queries[:50]:
            opened.predict([query], formulas[:1], adducts[:1])

    alone = milliseconds(lambda: one_by_one(model)) / 50
    alone_single = milliseconds(lambda: one_by_one(single)) / 50
    batched = milliseconds(lambda: model.predict(queries, formulas, adducts)) / SPECTRA
    print(f"one spectrum, end to end      {alone:8.2f} ms")
    print(f"  on one thread               {alone_single:8.2f} ms  ({alone_single / alone:.2f} x)")
    print(
        f"in batches of 32              {batched:8.2f} ms  ({alone / batched:.1f} x faster, "
        f"{1000 / batched:.0f} spectra/s)"
    )
    structures = chains(CANDIDATES)
    prediction = model.predict(queries[:1], formulas[:1], adducts[:1])[0]
    zeros = np.zeros(CANDIDATES)
    scores = CandidateScores(zeros.astype(np.int64), zeros, 10, zeros)

    def fresh():
        agreement._packed.cache_clear()
        rank(prediction, structures, None, scores)

    first = milliseconds(fresh)
    again = milliseconds(lambda: rank(prediction, structures, None, scores))
    print(
        f"ranking 1,000 new candidates  {first:8.0f} ms  ({first / LONGEST_WAIT_MS:.2f} of 1.5 s)"
    )
    print(f"  the same ones again         {again:8.0f} ms")


if __name__ == "__main__":
    main()
