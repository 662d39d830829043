"""What the chemist says: of peaks another formula, noise, contaminant, a note; and own structures.

The method takes these words as given (:func:`msgui.pipeline.annotate`), in the window and without
it, and what depends on them is computed with them.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import numpy.typing as npt

from msgui.errors import MsguiError
from msgui.spectra.spectrum import FloatArray, Spectrum
from msgui.structures.structure import Structure

if TYPE_CHECKING:
    # The window keeps overrides from its first moment; chemistry is loaded when it is needed.
    from msgui.chemistry.adducts import Adduct
    from msgui.chemistry.formula import Formula

Mark = Literal["", "noise", "contaminant"]

FORMULA: Final = "formula"
STRUCTURE: Final = "structure"
# The source of such a structure, where those of lists have the name of the list.
OWN_SOURCE: Final = "yours"
LONGEST_NOTE: Final = 500
# Tables are written with five decimals; a row means the peak that these digits name.
_SAME_PEAK_DA: Final = 0.00006
_SAME_FORMULA_PPM: Final = 0.1


@dataclass(frozen=True, slots=True)
class PeakOverride:
    """What the chemist says about one peak.

    Parameters
    ----------
    formula : str
        Ion formula without charge, Hill order; empty: the method's own.
    mark : "noise", "contaminant" or empty
        A marked peak is no evidence for or against anything: the method does not see it.
    note : str
    """

    formula: str = ""
    mark: Mark = ""
    note: str = ""

    @property
    def kind(self) -> str:
        """What was overridden in one word: "formula", "noise", "contaminant" or empty."""
        return self.mark or (FORMULA if self.formula else "")

    def __bool__(self) -> bool:
        return bool(self.formula or self.mark or self.note)


NOTHING_SAID: Final = PeakOverride()


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the chemist says about the peaks of one spectrum.

    Parameters
    ----------
    said : tuple of (int, PeakOverride)
        Index of the peak in the spectrum's arrays, ascending.
    structures : tuple of Structure
        The chemist's own candidates; they are ranked among those of the list.

    Examples
    --------
    >>> said = Overrides().with_peak(3, PeakOverride(mark="noise"))
    >>> said.of(3).kind, said.of(4).kind, said.dropped
    ('noise', '', (3,))
    """

    said: tuple[tuple[int, PeakOverride], ...] = ()
    structures: tuple[Structure, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.said or self.structures)

    def of(self, peak: int) -> PeakOverride:
        """Return what is said about one peak."""
        return next((said for index, said in self.said if index == peak), NOTHING_SAID)

    def with_peak(self, peak: int, said: PeakOverride) -> "Overrides":
        """Return the same with other words about one peak; nothing said takes it out."""
        others = [pair for pair in self.said if pair[0] != peak]
        return replace(self, said=tuple(sorted([*others, (peak, said)] if said else others)))

    def with_structure(self, structure: Structure) -> "Overrides":
        """Return the same with one more candidate of the chemist's own, or with another name."""
        others = self.without_structure(structure.inchikey14).structures
        return replace(self, structures=(*others, structure))

    def without_structure(self, inchikey14: str) -> "Overrides":
        """Return the same without one of the chemist's own candidates."""
        left = (own for own in self.structures if own.inchikey14 != inchikey14)
        return replace(self, structures=tuple(left))

    @property
    def dropped(self) -> tuple[int, ...]:
        """Peaks that are noise or contaminant."""
        return tuple(index for index, said in self.said if said.mark)

    @property
    def formulas(self) -> dict[int, str]:
        """Chosen ion formulas by peak; a peak that is dropped has none."""
        return {i: said.formula for i, said in self.said if said.formula and not said.mark}

    @property
    def chosen(self) -> "dict[int, Formula]":
        """The same as :attr:`formulas`, read."""
        from msgui.chemistry.formula import Formula

        return {peak: Formula.parse(text) for peak, text in self.formulas.items()}

    @property
    def evidence(self) -> "Overrides":
        """The part that changes what is found: without notes."""
        kept = [(index, replace(said, note="")) for index, said in self.said]
        return replace(self, said=tuple(pair for pair in kept if pair[1]))

    def kept(self, n_peaks: int) -> npt.NDArray[np.int64]:
        """Return the peaks that the method looks at, ascending."""
        return np.setdiff1d(np.arange(n_peaks), np.array(self.dropped, dtype=np.int64))

    def reduced(self, spectrum: Spectrum) -> "tuple[Spectrum, Overrides]":
        """Return the spectrum that the method sees and what is said about its peaks."""
        if not self.dropped:
            return spectrum, self
        kept = self.kept(len(spectrum))
        place = {int(peak): new for new, peak in enumerate(kept)}
        said = [(place[index], said) for index, said in self.said if index in place]
        seen = spectrum.with_(mz=spectrum.mz[kept], intensity=spectrum.intensity[kept])
        return seen, replace(self, said=tuple(said))

    def sought(
        self, mz: FloatArray, adduct: "Adduct", tolerance_ppm: float
    ) -> tuple[FloatArray, float | FloatArray]:
        """Return the m/z that fragments must have, and their tolerance in ppm.

        A peak whose formula was chosen is looked for at the m/z of that formula: no other fits.
        """
        if not self.formulas:
            return mz, tolerance_ppm
        wanted, tolerance = mz.copy(), np.full(mz.shape, tolerance_ppm)
        for peak, formula in self.chosen.items():
            wanted[peak] = chosen_ion(formula, float(mz[peak]), adduct).mz
            tolerance[peak] = _SAME_FORMULA_PPM
        return wanted, tolerance


NO_OVERRIDES: Final = Overrides()


@dataclass(frozen=True, slots=True)
class ChosenIon:
    """The ion that a chosen formula makes of a peak.

    Parameters
    ----------
    formula : Formula
    charge : int
        Signed: of the charges that the precursor allows, the one that fits the peak best.
    mz : float
        Computed.
    error_ppm : float
        (measured - computed) / computed * 1e6.
    """

    formula: "Formula"
    charge: int
    mz: float
    error_ppm: float


def chosen_ion(formula: "Formula", measured_mz: float, adduct: "Adduct") -> ChosenIon:
    """Return the ion of a formula that fits a peak best under the charge of the precursor."""
    from msgui.chemistry.formula import ELECTRON_MASS

    sign = 1 if adduct.charge > 0 else -1
    ions = [
        (charge, (formula.mass - charge * ELECTRON_MASS) / abs(charge))
        for charge in range(sign, adduct.charge + sign, sign)
    ]
    charge, mz = min(ions, key=lambda ion: abs(ion[1] - measured_mz))
    return ChosenIon(formula, charge, mz, (measured_mz - mz) / mz * 1e6)


def checked_formula(
    text: str, measured_mz: float, ion: "Formula", adduct: "Adduct", tolerance_ppm: float
) -> ChosenIon:
    """Return the ion that a text means, if a peak can be it.

    Parameters
    ----------
    text : str
        Ion formula, with or without charge.
    measured_mz : float
    ion : Formula
        Of the precursor: a fragment has no atom that it has not.
    adduct : Adduct
    tolerance_ppm : float

    Raises
    ------
    MsguiError
        When the text is no formula, has more atoms than the precursor, or another mass.
    """
    from msgui.chemistry.formula import ELEMENTS, Formula
    from msgui.chemistry.subformulas import TOLERANCE_FLOOR_DA

    formula = Formula.parse(text)
    if not ion.contains(formula):
        element = next(e for e in ELEMENTS if formula[e] > ion[e])
        raise MsguiError(
            f"{formula} has {element}{formula[element]}, the precursor ion {ion} "
            f"{f'only {element}{ion[element]}' if ion[element] else f'no {element}'}.",
            "If the peak is of something else, mark it as contaminant.",
        )
    found = chosen_ion(formula, measured_mz, adduct)
    tolerance_ppm = max(tolerance_ppm, TOLERANCE_FLOOR_DA / measured_mz * 1e6)
    if abs(found.error_ppm) > tolerance_ppm:
        far = abs(found.error_ppm) > 1000
        off = f"{measured_mz - found.mz:+.4f} Da" if far else f"{found.error_ppm:+.1f} ppm"
        raise MsguiError(
            f"{formula} has m/z {found.mz:.4f}: the peak is {off} off "
            f"(tolerance {tolerance_ppm:g} ppm).",
            "Write the formula of the ion, its hydrogens included.",
        )
    return found


def own_structure(text: str, name: str = "") -> tuple[Structure, str]:
    """Return the structure that a SMILES or InChI means, and what was changed to get it.

    Salts, charges, isotopes and stereochemistry are treated as in lists of structures.

    Raises
    ------
    MsguiError
        When the text is no molecule, or one that cannot be ranked.
    """
    from msgui.chemistry.molecule import smiles_of_inchi, standardize

    words = text.strip()
    found = standardize(smiles_of_inchi(words) if words.startswith("InChI=") else words)
    structure = Structure(
        found.smiles, found.inchikey14, found.formula, found.exact_mass, name.strip(), OWN_SOURCE
    )
    return structure, found.notice


def read_overrides(path: str | Path, spectra: Mapping[str, Spectrum]) -> dict[str, Overrides]:
    """Return what a table says about the peaks of some spectra.

    Parameters
    ----------
    path : str or Path
        TSV with a header and the columns ``spectrum_id``, ``mz``, ``override`` ("formula",
        "noise", "contaminant", "structure" or empty), and where wanted ``formula``, ``smiles`` and
        ``note``: the peak table that msgui writes is one. A row with "structure" adds a candidate:
        its SMILES or InChI in ``smiles``, its name in ``note``.
    spectra : mapping of spectrum_id to Spectrum

    Raises
    ------
    MsguiError
        When the table cannot be read, or a row names a spectrum or peak that does not exist.
    """
    result: dict[str, Overrides] = {}
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            missing = {"spectrum_id", "mz", "override"} - set(rows.fieldnames or ())
            if missing:
                raise MsguiError(
                    f"The table has no column {sorted(missing)[0]}.",
                    "Give a TSV with spectrum_id, mz and override.",
                    str(path),
                )
            for line, row in enumerate(rows, 2):
                _take_row(result, row, spectra, str(path), f"line {line}")
    except (OSError, UnicodeDecodeError) as error:
        raise MsguiError(
            "The table of overrides cannot be read.", "Give a TSV file.", str(path)
        ) from error
    return result


def _cell(row: Mapping[str, str | None], column: str) -> str:
    """Return a cell without the apostrophe that keeps spreadsheets from computing it."""
    text = (row.get(column) or "").strip()
    return text[1:] if text[:1] == "'" and text[1:2] in set("=+-@") else text


def _take_row(
    result: dict[str, Overrides],
    row: Mapping[str, str | None],
    spectra: Mapping[str, Spectrum],
    path: str,
    where: str,
) -> None:
    from msgui.chemistry.formula import Formula

    kind, note = _cell(row, "override"), _cell(row, "note")
    if not kind and not note:
        return
    spectrum_id = _cell(row, "spectrum_id")
    spectrum = spectra.get(spectrum_id)
    if spectrum is None:
        raise MsguiError(
            f"There is no spectrum {spectrum_id!r} in the files.",
            "Check the column spectrum_id, or give the file that it is in.",
            path,
            where,
        )
    before = result.get(spectrum_id, NO_OVERRIDES)
    if kind == STRUCTURE:
        try:
            structure, _ = own_structure(_cell(row, "smiles"), note[:LONGEST_NOTE])
        except MsguiError as error:
            raise MsguiError(error.cause, error.action, path, where) from error
        result[spectrum_id] = before.with_structure(structure)
        return
    mark: Mark = "noise" if kind == "noise" else "contaminant" if kind == "contaminant" else ""
    if kind and not mark and kind != FORMULA:
        raise MsguiError(
            f"{kind!r} is nothing that can be said about a peak.",
            "Write formula, noise, contaminant or structure.",
            path,
            where,
        )
    try:
        formula = str(Formula.parse(_cell(row, "formula"))) if kind == FORMULA else ""
        said = PeakOverride(formula, mark, note[:LONGEST_NOTE])
        result[spectrum_id] = before.with_peak(_peak_at(spectrum, _cell(row, "mz")), said)
    except MsguiError as error:
        raise MsguiError(error.cause, error.action, path, where) from error


def _peak_at(spectrum: Spectrum, text: str) -> int:
    try:
        mz = float(text)
    except ValueError:
        raise MsguiError(f"{text!r} is not an m/z.", "Write a number.") from None
    nearest = int(np.argmin(np.abs(spectrum.mz - mz))) if len(spectrum) else -1
    if nearest < 0 or abs(float(spectrum.mz[nearest]) - mz) > _SAME_PEAK_DA:
        raise MsguiError(
            f"The spectrum has no peak at m/z {text}.", "Give the m/z of a peak, five decimals."
        )
    return nearest
