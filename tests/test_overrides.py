"""What a chemist says about peaks: values, checks, and the table they are read from."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgui.chemistry.adducts import parse_adduct
from msgui.chemistry.formula import Formula
from msgui.errors import MsguiError
from msgui.overrides import (
    NO_OVERRIDES,
    Overrides,
    PeakOverride,
    checked_formula,
    chosen_ion,
    own_structure,
    read_overrides,
)
from msgui.spectra.spectrum import Spectrum

PROTONATED = parse_adduct("[M+H]+")
CAFFEINE_ION = Formula.parse("C8H11N4O2")


def spectrum() -> Spectrum:
    return Spectrum(np.array([69.0447, 110.0713, 138.0662]), np.array([10.0, 22.0, 100.0]))


def test_words_about_a_peak_are_kept_and_taken_back() -> None:
    noise = NO_OVERRIDES.with_peak(1, PeakOverride(mark="noise"))
    both = noise.with_peak(0, PeakOverride(formula="C3H5N2", note="sure"))

    assert both.of(1).kind == "noise"
    assert both.of(0).kind == "formula"
    assert not both.of(2)
    assert both.with_peak(0, PeakOverride()) == noise
    assert noise.with_peak(1, PeakOverride()) == NO_OVERRIDES


def test_a_note_is_no_evidence() -> None:
    said = Overrides().with_peak(1, PeakOverride(note="odd")).with_peak(2, PeakOverride("CH3"))

    assert said.evidence == Overrides().with_peak(2, PeakOverride("CH3"))


def test_the_method_sees_a_spectrum_without_marked_peaks() -> None:
    said = Overrides().with_peak(1, PeakOverride(mark="contaminant", formula="C5H8N3"))
    said = said.with_peak(2, PeakOverride("C6H8N3O"))
    seen, about = said.reduced(spectrum())

    assert seen.mz.tolist() == [69.0447, 138.0662]
    assert about == Overrides(((1, PeakOverride("C6H8N3O")),))
    assert said.formulas == {2: "C6H8N3O"}
    untouched = spectrum()
    assert NO_OVERRIDES.reduced(untouched)[0] is untouched


@given(st.sets(st.integers(0, 9)), st.sets(st.integers(0, 9)))
def test_kept_and_dropped_peaks_are_all_peaks(noise: set[int], chosen: set[int]) -> None:
    said = Overrides()
    for peak in chosen:
        said = said.with_peak(peak, PeakOverride("CH3"))
    for peak in noise:
        said = said.with_peak(peak, PeakOverride(mark="noise"))

    assert sorted([*said.kept(10).tolist(), *said.dropped]) == list(range(10))
    assert set(said.formulas) == chosen - noise


def test_a_chosen_formula_is_sought_at_its_own_mass() -> None:
    said = Overrides().with_peak(2, PeakOverride("C8H10O2"))
    mz, tolerance = said.sought(spectrum().mz, PROTONATED, 10.0)

    assert mz[:2].tolist() == [69.0447, 110.0713]
    assert mz[2] == pytest.approx(138.0675, abs=1e-4)
    assert np.asarray(tolerance).tolist() == [10.0, 10.0, 0.1]


def test_the_charge_of_a_chosen_ion_fits_the_peak() -> None:
    double = parse_adduct("[M+2H]2+")
    formula = Formula.parse("C20H24N2O2")

    assert chosen_ion(formula, 162.0913, double).charge == 2
    assert chosen_ion(formula, 324.1832, double).charge == 1


def test_a_typed_formula_is_checked() -> None:
    found = checked_formula("C6H8N3O+", 138.0662, CAFFEINE_ION, PROTONATED, 10)

    assert str(found.formula) == "C6H8N3O"
    assert found.error_ppm == pytest.approx(0.06, abs=0.05)
    with pytest.raises(MsguiError, match="has N5, the precursor ion C8H11N4O2 only N4"):
        checked_formula("C3H2N5", 138.0662, CAFFEINE_ION, PROTONATED, 10)
    with pytest.raises(MsguiError, match="no S"):
        checked_formula("C6H8N2S", 138.0662, CAFFEINE_ION, PROTONATED, 10)
    with pytest.raises(MsguiError, match=r"the peak is \+1.0078 Da off"):
        checked_formula("C6H7N3O", 138.0662, CAFFEINE_ION, PROTONATED, 10)
    with pytest.raises(MsguiError, match="cannot be read"):
        checked_formula("xyz", 138.0662, CAFFEINE_ION, PROTONATED, 10)


HEADER = "spectrum_id\tmz\tformula\toverride\tnote\n"


def test_a_table_is_read(tmp_path: Path) -> None:
    path = tmp_path / "peaks.tsv"
    path.write_text(
        HEADER
        + "a\t69.04470\tC3H5N2\t\t\n"
        + "a\t110.07130\t\tnoise\t'-CO? no\n"
        + "a\t138.06620\tC6H8N3O\tformula\t\n",
        encoding="utf-8",
    )
    [(name, said)] = read_overrides(path, {"a": spectrum()}).items()

    assert name == "a"
    assert said.of(0).kind == ""
    assert said.of(1) == PeakOverride(mark="noise", note="-CO? no")
    assert said.of(2) == PeakOverride("C6H8N3O")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("b\t69.0447\t\tnoise\t", "no spectrum 'b'"),
        ("a\t70\t\tnoise\t", "no peak at m/z 70"),
        ("a\tx\t\tnoise\t", "not an m/z"),
        ("a\t69.0447\t\tbad\t", "nothing that can be said"),
        ("a\t69.0447\tQ2\tformula\t", "cannot be read"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, row: str, words: str) -> None:
    path = tmp_path / "said.tsv"
    path.write_text(f"{HEADER}{row}\n", encoding="utf-8")

    with pytest.raises(MsguiError, match=words) as caught:
        read_overrides(path, {"a": spectrum()})
    assert caught.value.where == "line 2"


def test_a_table_without_the_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "said.tsv"
    path.write_text("mz\tnote\n", encoding="utf-8")

    with pytest.raises(MsguiError, match="no column override"):
        read_overrides(path, {})
    with pytest.raises(MsguiError, match="cannot be read"):
        read_overrides(tmp_path / "missing.tsv", {})


def test_own_structures_are_kept_once_and_count_as_evidence() -> None:
    ethyl, _ = own_structure("CCn1c(=O)c2[nH]cnc2n(C)c1=O", "mine")
    said = Overrides().with_peak(0, PeakOverride(mark="noise")).with_structure(ethyl)
    renamed, _ = own_structure("CCn1c(=O)c2[nH]cnc2n(C)c1=O", "again")
    assert [one.name for one in said.with_structure(renamed).structures] == ["again"]
    assert said.evidence == said
    assert bool(Overrides(structures=(ethyl,)))
    _, reduced = said.reduced(spectrum())
    assert reduced.structures == (ethyl,)
    assert not reduced.said
    assert said.with_peak(0, PeakOverride()).structures == (ethyl,)
    assert not said.without_structure(ethyl.inchikey14).structures


def test_a_structure_is_read_from_smiles_and_inchi() -> None:
    salt, changed = own_structure("CCO.Cl")
    assert salt.formula == "C2H6O"
    assert "salt" in changed
    same, _ = own_structure("InChI=1S/C2H6O/c1-2-3/h3H,2H2,1H3", "ethanol")
    assert (same.inchikey14, same.name, same.source) == (salt.inchikey14, "ethanol", "yours")
    for text in ("InChI=1S/nonsense", "CC(", "", "*C"):
        with pytest.raises(MsguiError):
            own_structure(text)


def test_a_row_of_the_table_adds_a_candidate(tmp_path: Path) -> None:
    table = tmp_path / "said.tsv"
    table.write_text(
        "spectrum_id\tmz\toverride\tsmiles\tnote\nx\t\tstructure\tCCO\tethanol\n", "utf-8"
    )
    said = read_overrides(table, {"x": spectrum()})["x"]
    assert [(one.formula, one.name) for one in said.structures] == [("C2H6O", "ethanol")]
