"""Expected spectra as spectra: what a library of predicted spectra is made of."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from msgui.chemistry.adducts import parse_adduct
from msgui.chemistry.formula import Formula
from msgui.prediction.forward import ForwardModel, conditions_for
from msgui.spectra.predicted import predicted_by
from msgui.spectra.spectrum import CollisionEnergy, Spectrum
from msgui.structures.store import split_charge
from msgui.structures.structure import Structure

# What measured library records list: seldom more peaks, seldom lower ones.
MOST_PEAKS = 100
LEAST_INTENSITY = 0.005
HIGHEST = 1000.0


@dataclass(frozen=True)
class Setting:
    """Under which conditions structures are simulated.

    Parameters
    ----------
    energies_ev : tuple of float
    adducts : tuple of str
    analyser : str
        One of ``msgui.prediction.inputs.ANALYSERS``; "other" when it does not matter.
    """

    energies_ev: tuple[float, ...]
    adducts: tuple[str, ...]
    analyser: str = "other"


def simulated_spectra(
    model: ForwardModel, structure: Structure, setting: Setting
) -> Iterator[Spectrum]:
    """Yield the spectra that a structure is expected to give, those without a fragment left out.

    Raises
    ------
    MsguiError
        When the structure cannot be broken, or cannot form an adduct.
    """
    neutral = Formula.parse(split_charge(structure.formula)[0])
    instrument = predicted_by(f"{model.name} {model.version}", setting.analyser)
    for adduct in setting.adducts:
        ion = parse_adduct(adduct)
        ion.ion_formula(neutral)
        for energy in setting.energies_ev:
            conditions = conditions_for(structure.smiles, adduct, energy, setting.analyser)
            expected = model.expected(structure.smiles, ion, conditions)
            mz, intensity = _listed(expected.mz, expected.intensity)
            if not mz.size:
                continue
            name = structure.name or structure.inchikey14
            yield Spectrum(
                mz,
                intensity,
                precursor_mz=round(conditions.precursor_mz, 5),
                adduct=str(ion),
                charge=ion.charge,
                polarity="positive" if ion.charge > 0 else "negative",
                collision_energy=CollisionEnergy(f"{energy:g} eV", energy, "eV"),
                instrument=instrument,
                ms_level=2,
                title=f"{name} (predicted)",
                spectrum_id=f"PREDICTED-{structure.inchikey14}-{ion}-{energy:g}eV",
                formula=structure.formula or None,
                smiles=structure.smiles,
                inchikey=structure.inchikey14,
                metadata={"name": name, "comment": "predicted spectrum, not measured"},
            )


def _listed(
    mz: Sequence[float] | np.ndarray, intensity: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the peaks that a record lists, by m/z; ions of one rounded m/z are one peak."""
    strongest = np.argsort(-intensity, kind="stable")[:MOST_PEAKS]
    kept = np.sort(strongest[intensity[strongest] >= LEAST_INTENSITY])
    places, first = np.unique(np.round(np.asarray(mz)[kept], 5), return_inverse=True)
    heights = np.bincount(first, weights=intensity[kept], minlength=places.size)
    return places, np.round(heights * HIGHEST, 2)
