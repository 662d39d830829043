"""Windows for tests: the real one, with a small list of structures and without a model."""

from dataclasses import replace
from pathlib import Path

from msgui.gui.settings import SettingsFile
from msgui.gui.window import MainWindow

STRUCTURES = """smiles,name
Cn1c(=O)c2c(ncn2C)n(C)c1=O,caffeine
CCn1c(=O)c2[nH]cnc2n(C)c1=O,ethyl-methylxanthine
CCCn1c(=O)[nH]c2nc[nH]c2c1=O,propylxanthine
CCNc1nc(Cl)nc(NC(C)C)n1,atrazine
COC(=O)C1C(OC(=O)c2ccccc2)CC2CCC1N2C,cocaine
"""

MGF = """BEGIN IONS
TITLE=Caffeine
PEPMASS=195.0877
CHARGE=1+
ADDUCT=[M+H]+
COLLISION_ENERGY=35 eV
56.0495 6
69.0447 10
110.0713 22
138.0662 100
195.0877 80
END IONS

BEGIN IONS
TITLE=Atrazine
PEPMASS=216.1010
CHARGE=1+
ADDUCT=[M+H]+
68.0243 9
104.0010 12
132.0323 8
174.0541 100
216.1010 60
END IONS

BEGIN IONS
TITLE=Without adduct
PEPMASS=195.0877
CHARGE=1+
138.0662 100
END IONS
"""


def settings_in(folder: Path, **changes) -> SettingsFile:
    """Return settings that need no model and find the small list of structures."""
    structures = folder / "structures.csv"
    structures.write_text(STRUCTURES, encoding="utf-8")
    file = SettingsFile(folder / "settings.ini")
    values = {"model": "none", "structures": str(structures), "theme": "light", **changes}
    file.keep(replace(file.preferences(), **values), file.method())
    return file


def write_mgf(folder: Path, name: str = "three.mgf", text: str = MGF) -> Path:
    """Return a file of three spectra."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def idle(window: MainWindow) -> bool:
    """Say whether the window has nothing left to do."""
    return not window.runner.running(visible_only=False)


def annotated(window: MainWindow) -> bool:
    """Say whether the shown spectrum is annotated."""
    entry = window.session.current_entry
    return entry is not None and entry.annotation is not None and idle(window)
