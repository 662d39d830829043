"""Time a project of many spectra: writing, saving, checking, reading; and how late a decision is.

Usage: python benchmarks/project_file.py [SPECTRA]
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from msgui.project.contents import block_of, decisions_change, read_kept, spectrum_change
from msgui.project.file import ProjectFile
from msgui.project.journal import Journal
from msgui.project.opening import open_copy
from msgui.project.saving import save
from msgui.spectra.spectrum import CollisionEnergy, Origin, Spectrum

PEAKS = 80
ROUNDS = 20
LIMIT_S = 1.0


def spectra(count: int) -> list[Spectrum]:
    """Return made-up spectra."""
    chance = np.random.default_rng(1)
    return [
        Spectrum(
            np.sort(chance.uniform(50, 900, PEAKS)),
            chance.uniform(1, 1e6, PEAKS),
            precursor_mz=900.0,
            adduct="[M+H]+",
            charge=1,
            polarity="positive",
            collision_energy=CollisionEnergy("35 eV", 35.0, "eV"),
            title=f"feature {i}",
            spectrum_id=str(i),
            origin=Origin("folder/file.mgf", i, f"line {i * 90}"),
        )
        for i in range(count)
    ]


def timed(words: str, work: Callable[[], object]) -> None:
    """Say how long something takes."""
    before = time.perf_counter()
    work()
    print(f"{words:44} {time.perf_counter() - before:7.2f} s")


def main(count: int) -> int:
    """Time all of it and return 1 when a decision is later than the limit."""
    measured = spectra(count)
    with tempfile.TemporaryDirectory() as folder:
        work, target, copy = (Path(folder) / name for name in ("work", "p.msgui", "copy"))
        journal = Journal(lambda: ProjectFile(work, create=True))

        def keep() -> None:
            journal.keep(dict(spectrum_change(i, s) for i, s in enumerate(measured, 1)))
            journal.call(lambda *_: None).result()

        timed(f"journal of {count:,} spectra", keep)
        delays = []
        for number in range(ROUNDS):
            before = time.perf_counter()
            journal.keep(dict([decisions_change(number + 1, {"note": str(number)})]))
            journal.call(lambda *_: None).result()
            delays.append(time.perf_counter() - before)
        print(f"{'a decision on disk, slowest of 20':44} {max(delays):7.3f} s")
        timed("save", lambda: journal.call(lambda f, left: save(f, target, left)).result())
        print(f"{'size':44} {target.stat().st_size / 1e6:7.1f} MB")
        journal.close()
        timed("open: copy and check", lambda: list(open_copy(target, copy)))
        with ProjectFile(copy) as file:
            timed("open: read all spectra", lambda: list(read_kept(file)))
        timed("encode alone", lambda: [block_of(s) for s in measured])
    return int(max(delays) > LIMIT_S)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000))
