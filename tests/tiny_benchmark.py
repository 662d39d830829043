"""Made-up spectra of small isomers, and a model for them, for tests of the benchmark."""

from pathlib import Path

import numpy as np

from msgui.benchmark.run import SplitSides
from msgui.chemistry.molecule import standardize
from msgui.library.store import Library
from msgui.prediction.onnx_model import Model
from tests.tiny_models import graph, write_memory, write_model

ALCOHOLS = ["CCCCCO", "CCCC(C)O", "CCC(O)CC", "CC(C)CCO", "CCC(C)(C)O", "CC(C)(C)CO"]
AMINES = ["CCCCCN", "CCCC(C)N", "CCC(N)CC", "CC(C)CCN", "CCC(C)(C)N", "CC(C)(C)CN"]
NEVER_MEASURED = ["CCCOCC", "CCCCOC", "CCNCCC"]


def mgf(smiles: list[str]) -> str:
    rng = np.random.default_rng(1)
    records = []
    for number, text in enumerate(smiles):
        clean = standardize(text)
        for energy in (10, 20):
            peaks = "\n".join(
                f"{mz:.4f} {height:.1f}"
                for mz, height in zip(
                    np.sort(rng.uniform(30, clean.exact_mass, 5)),
                    rng.uniform(1, 99, 5),
                    strict=True,
                )
            )
            precursor = clean.exact_mass + 1.00728
            records.append(
                f"BEGIN IONS\nFEATURE_ID=S{number}_{energy}\nPEPMASS={precursor:.4f}\n"
                f"CHARGE=1+\nIONMODE=positive\nADDUCT=[M+H]+\nSMILES={text}\n"
                f"FORMULA={clean.formula}\nCOLLISION_ENERGY={energy} eV\n{peaks}\nEND IONS\n"
            )
    return "\n".join(records)


def split(library: Library) -> SplitSides:
    """Return two test, two validation and eight training compounds."""
    side = {}
    for accession in library.accessions:
        number = int(accession[1:].split("_")[0])
        side[accession] = {0: "test", 6: "test", 1: "validation", 7: "validation"}.get(
            number, "train"
        )
    return SplitSides("molecule", "0" * 64, side)


def model(folder: Path, known: list[str], *, sees_peaks: bool = True) -> Model:
    write_model(folder, graph(sees_peaks=sees_peaks))
    clean = [standardize(text) for text in known]
    write_memory(
        folder, [(c.smiles, c.inchikey14, c.formula) for c in clean], list(range(len(clean)))
    )
    return Model.open(folder, "cpu")
