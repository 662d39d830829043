"""Write the small project that stands for its version of the file: tests/data/project_1.msgui.

Usage: python tests/build_project.py OUT

Run it once for each new version of the form of projects, and keep the older files: each must open
for ever. The spectra are textbook samples of msgui itself.
"""

import sys
from itertools import islice
from pathlib import Path

from msgui.gui.kept_entries import made_with
from msgui.paths import resources
from msgui.pipeline import annotate
from msgui.project.contents import (
    annotation_change,
    block_of,
    decisions_change,
    files_change,
    spectrum_change,
)
from msgui.project.file import ProjectFile
from msgui.project.saving import save
from msgui.spectra.readers import read
from msgui.spectra.spectrum import Spectrum
from msgui.tools import Settings, Tools, open_tools

COUNT = 3
STRUCTURES = "smiles,name\nCn1c(=O)c2c(ncn2C)n(C)c1=O,caffeine\nCCCn1c(=O)[nH]c2nc[nH]c2c1=O,X\n"


def main(out: Path) -> None:
    """Write the project."""
    listed = out.with_suffix(".csv")
    listed.write_text(STRUCTURES, encoding="utf-8")
    *_, tools = open_tools(Settings(), model=None, structures=listed)
    assert isinstance(tools, Tools)
    sample = resources() / "samples" / "textbook.mgf"
    spectra = [s for s in islice(read(sample), COUNT) if isinstance(s, Spectrum)]
    with ProjectFile(None) as file:
        for uid, spectrum in enumerate(spectra, 1):
            spectrum = spectrum.with_(origin=spectrum.origin.__class__("textbook.mgf", uid - 1))
            found = annotate(spectrum, tools)
            calls = {c.structure.inchikey14: "accepted" for c in found.candidates[:1]}
            decided = {"calls": calls, "note": f"note {uid}", "reviewed": uid == 1}
            changes = dict(
                (
                    spectrum_change(uid, spectrum),
                    annotation_change(uid, spectrum, found, made_with(tools)),
                    decisions_change(uid, decided),
                )
            )
            file.write({key: block_of(value) for key, value in changes.items()})
        key, outcome = files_change(1, {"path": "textbook.mgf", "status": "loaded"})
        file.write({key: block_of(outcome)})
        save(file, out)
    listed.unlink()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
