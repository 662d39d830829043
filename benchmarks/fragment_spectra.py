"""Measured spectra for fitting and for testing fragmentation, parted by scaffold.

One spectrum is drawn for each molecule (first InChIKey block). The side of a molecule follows from
its Murcko scaffold (acyclic molecules: from their formula), so that no molecule and no scaffold
stands on both sides.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
from rdkit import Chem
from rdkit.Chem.Scaffolds import MurckoScaffold

from msgui.chemistry.adducts import Adduct, parse_adduct
from msgui.spectra.coverage import counting_peaks

HELD_OUT_SHARE = 5  # one scaffold in five
MOST_PPM = 15.0


@dataclass(frozen=True)
class Measured:
    """The peaks of one spectrum that count, and the structure that gave them."""

    inchikey14: str
    smiles: str
    formula: str
    adduct: Adduct
    precursor_mz: float
    mz: np.ndarray
    intensity: np.ndarray


def is_held_out(smiles: str, formula: str) -> bool:
    """Return whether a molecule's scaffold is kept away from fitting."""
    molecule = Chem.MolFromSmiles(smiles)
    scaffold = MurckoScaffold.GetScaffoldForMol(molecule)
    key = Chem.MolToSmiles(scaffold, isomericSmiles=False) or formula
    return hashlib.sha256(key.encode()).digest()[0] % HELD_OUT_SHARE == 0


def spectra(
    folder: Path,
    count: int,
    seed: int,
    *,
    held_out: bool,
    weakest: float,
    may_ship: bool = False,
    each: int = 1,
) -> list[Measured]:
    """Return spectra of ``count`` molecules of one side in random order.

    Parameters
    ----------
    folder : Path
        Holds massbank_ms2.parquet.
    weakest : float
        Peaks below this relative intensity are left out.
    may_ship : bool
        Only records whose licence has neither NC nor ND.
    each : int
        Spectra a molecule.
    """
    with duckdb.connect() as connection:
        rows = connection.execute(
            """
            select inchikey14, first(smiles order by accession) over (partition by inchikey14),
                formula, adduct, precursor_mz, mz, intensity, exact_mass
            from read_parquet(?)
            where high_res and adduct in ('[M+H]+', '[M-H]-') and n_peaks >= 3
              and precursor_mz is not null
              and (not ? or not regexp_matches(coalesce(licence, 'NC'), 'NC|ND'))
            qualify row_number() over (
                partition by inchikey14 order by hash(accession || ?), accession) <= ?
            order by hash(inchikey14 || ?), inchikey14, hash(accession || ?)
            """,
            [str(folder / "massbank_ms2.parquet"), may_ship, str(seed), each, str(seed), str(seed)],
        ).fetchall()
    chosen: list[Measured] = []
    keys: dict[str, bool] = {}
    for key, smiles, formula, adduct, precursor_mz, mz, intensity, mass in rows:
        ion = parse_adduct(adduct)
        if abs(precursor_mz / ion.mz(mass) - 1) * 1e6 > MOST_PPM:
            continue
        if key not in keys:
            keys[key] = is_held_out(smiles, formula) == held_out
            if sum(keys.values()) > count:
                break
        if keys[key]:
            peaks, heights = np.array(mz), np.array(intensity, dtype=float)
            strong = heights >= weakest * heights.max()
            peaks, heights = peaks[strong], heights[strong]
            counts = counting_peaks(peaks, heights, precursor_mz, ion.charge)
            if counts.any():
                chosen.append(
                    Measured(
                        key, smiles, formula, ion, precursor_mz, peaks[counts], heights[counts]
                    )
                )
    return chosen


def isomers(folder: Path, measured: list[Measured], most: int, seed: int) -> list[list[str]]:
    """Return for each spectrum its candidates of the same formula, the truth first.

    At most ``most`` wrong ones, drawn at random; a list without the truth is empty.
    """
    with duckdb.connect() as connection:
        rows = connection.execute(
            """select formula, inchikey14, smiles from read_parquet(?)
               where formula in (select unnest(?)) order by formula, hash(inchikey14 || ?)""",
            [
                str(folder / "structures.parquet"),
                sorted({one.formula for one in measured}),
                str(seed),
            ],
        ).fetchall()
    pools: dict[str, dict[str, str]] = {}
    for formula, key, smiles in rows:
        pools.setdefault(formula, {})[key] = smiles
    lists = []
    for one in measured:
        pool = pools.get(one.formula, {})
        wrong = [smiles for key, smiles in pool.items() if key != one.inchikey14][:most]
        lists.append([pool[one.inchikey14], *wrong] if one.inchikey14 in pool else [])
    return lists
