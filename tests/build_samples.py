"""Write resources/samples/textbook.mgf from the formulas in textbook.toml."""

import sys
import tomllib
from pathlib import Path

from msgui.chemistry.adducts import parse_adduct
from msgui.chemistry.formula import ELECTRON_MASS, Formula

SAMPLES = Path(__file__).resolve().parents[1] / "resources" / "samples"


def samples_mgf() -> str:
    """Return the text of textbook.mgf."""
    table = tomllib.loads((SAMPLES / "textbook.toml").read_text(encoding="utf-8"))
    blocks = []
    for number, compound in enumerate(table["compound"], start=1):
        adduct = parse_adduct(compound["adduct"])
        formula = Formula.parse(compound["formula"])
        peaks = sorted(
            ((Formula.parse(f).mass - adduct.charge * ELECTRON_MASS) / abs(adduct.charge), i)
            for f, i in compound["peaks"].items()
        )
        lines = [
            "BEGIN IONS",
            f"FEATURE_ID=sample-{number:02d}",
            f"TITLE={compound['name']}",
            f"PEPMASS={adduct.mz(formula.mass):.4f}",
            f"CHARGE={abs(adduct.charge)}{'+' if adduct.charge > 0 else '-'}",
            f"ADDUCT={compound['adduct']}",
            f"COLLISION_ENERGY={compound['energy']}",
            f"INSTRUMENT={compound['instrument']}",
            f"FORMULA={compound['formula']}",
            f"SMILES={compound['smiles']}",
            f"SOURCE={table['sources'][compound['source']]}",
            *(f"{mz:.4f} {intensity:g}" for mz, intensity in peaks),
            "END IONS",
        ]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


if __name__ == "__main__":
    (SAMPLES / "textbook.mgf").write_text(samples_mgf(), encoding="utf-8")
    sys.stdout.write("wrote textbook.mgf\n")
