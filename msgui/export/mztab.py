"""What was found as mzTab-M 2.0: one file that repositories and other programs read.

Nothing is quantified here: abundances are null and say so. Every ranked structure is one row of
evidence, the best one of each spectrum its small molecule; spectra with a formula only keep that.

Reference: Hoffmann et al., Anal. Chem. 2019, 91, 3302 (mzTab-M 2.0.0).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgui
from msgui.annotation import Annotation, Candidate
from msgui.chemistry.adducts import Adduct, parse_adduct
from msgui.chemistry.formula import Formula
from msgui.errors import MsguiError

NULL = "null"
# Levels of Schymanski et al. 2014: a structure that only a ranking speaks for, a formula, a mass.
TENTATIVE, FORMULA_ONLY, MASS_ONLY = "3", "4", "5"
NOT_QUANTIFIED = "[, , not quantified, ]"
EVIDENCE_A_SPECTRUM = 20

_SML = (
    "SML_ID", "SMF_ID_REFS", "database_identifier", "chemical_formula", "smiles", "inchi",
    "chemical_name", "uri", "theoretical_neutral_mass", "adduct_ions", "reliability",
    "best_id_confidence_measure", "best_id_confidence_value",
)  # fmt: skip
_SMF = (
    "SMF_ID", "SME_ID_REFS", "SME_ID_REF_ambiguity_code", "adduct_ion", "isotopomer",
    "exp_mass_to_charge", "charge", "retention_time_in_seconds",
    "retention_time_in_seconds_start", "retention_time_in_seconds_end",
)  # fmt: skip
_SME = (
    "SME_ID", "evidence_input_id", "database_identifier", "chemical_formula", "smiles", "inchi",
    "chemical_name", "uri", "derivatized_form", "adduct_ion", "exp_mass_to_charge", "charge",
    "theoretical_mass_to_charge", "spectra_ref", "identification_method", "ms_level",
    "id_confidence_measure[1]", "rank",
)  # fmt: skip
METHOD = f"[MS, MS:1001456, analysis software, msgui {msgui.__version__}]"
CONFIDENCE = "[, , msgui ranking score, ]"


@dataclass(frozen=True)
class MzTabItem:
    """One annotated spectrum, and the level that the user gave its structures.

    Parameters
    ----------
    spectrum_id : str
    annotation : Annotation
    levels : mapping of first InChIKey block to identification level
    """

    spectrum_id: str
    annotation: Annotation
    levels: Mapping[str, str] = field(default_factory=dict)


def mztab(items: Sequence[MzTabItem], title: str) -> Iterator[str]:
    """Yield the file in pieces: metadata, small molecules, features, evidence.

    Parameters
    ----------
    items : sequence of MzTabItem
    title : str
        Becomes the ID of the file.
    """
    runs = list(dict.fromkeys(_file(item.annotation) for item in items)) or ["unknown"]
    yield _metadata(runs, title)
    assays = [f"abundance_assay[{n}]" for n in range(1, len(runs) + 1)]
    variable = ["abundance_study_variable[1]", "abundance_variation_study_variable[1]"]
    nulls = [NULL] * (len(assays) + 2)
    yield _line("SMH", *_SML, *assays, *variable)
    for number, item in enumerate(items, 1):
        yield _line("SML", str(number), str(number), *_small_molecule(item), *nulls)
    yield "\n" + _line("SFH", *_SMF, *assays)
    first = 1
    for number, item in enumerate(items, 1):
        rows = len(_evidence(item))
        refs = "|".join(str(n) for n in range(first, first + rows)) or NULL
        yield _line("SMF", str(number), refs, *_feature(item, rows), *nulls[: len(assays)])
        first += rows
    yield "\n" + _line("SEH", *_SME)
    first = 1
    for item in items:
        run = runs.index(_file(item.annotation)) + 1
        for candidate in _evidence(item):
            yield _line("SME", str(first), *_evidence_row(item, candidate, run))
            first += 1


def _metadata(runs: Sequence[str], title: str) -> str:
    lines: list[tuple[str, str]] = [
        ("mzTab-version", "2.0.0-M"),
        ("mzTab-ID", title),
        ("description", "Annotation of MS/MS spectra: formulas and ranked structures"),
        ("software[1]", METHOD),
        ("quantification_method", NOT_QUANTIFIED),
    ]
    for number, run in enumerate(runs, 1):
        lines.append((f"ms_run[{number}]-location", f"file:///{run}"))
    for number, run in enumerate(runs, 1):
        lines.append((f"assay[{number}]", run))
        lines.append((f"assay[{number}]-ms_run_ref", f"ms_run[{number}]"))
    refs = "| ".join(f"assay[{n}]" for n in range(1, len(runs) + 1))
    lines += [
        ("study_variable[1]", "undefined"),
        ("study_variable[1]-description", "all spectra"),
        ("study_variable[1]-assay_refs", refs),
        ("cv[1]-label", "MS"),
        ("cv[1]-full_name", "PSI-MS controlled vocabulary"),
        ("cv[1]-version", "4.1.138"),
        ("cv[1]-uri", "https://raw.githubusercontent.com/HUPO-PSI/psi-ms-CV/master/psi-ms.obo"),
        ("database[1]", "[, , msgui candidate structures, ]"),
        ("database[1]-prefix", "inchikey14"),
        ("database[1]-version", msgui.__version__),
        ("database[1]-uri", NULL),
        ("small_molecule-quantification_unit", NOT_QUANTIFIED),
        ("small_molecule_feature-quantification_unit", NOT_QUANTIFIED),
        (
            "small_molecule-identification_reliability",
            "[MS, MS:1002955, hr-ms compound identification confidence level, ]",
        ),
        ("id_confidence_measure[1]", CONFIDENCE),
    ]
    return "".join(_line("MTD", key, value) for key, value in lines) + "\n"


def _evidence(item: MzTabItem) -> Sequence[Candidate]:
    return item.annotation.candidates[:EVIDENCE_A_SPECTRUM]


def _small_molecule(item: MzTabItem) -> tuple[str, ...]:
    annotation = item.annotation
    adduct = annotation.adduct or NULL
    candidates = _evidence(item)
    if not candidates:
        formula = annotation.formula
        level = FORMULA_ONLY if formula else MASS_ONLY
        mass = _mass(formula)
        return (
            NULL, formula or NULL, NULL, NULL, NULL, NULL, mass, adduct, level, NULL, NULL,
        )  # fmt: skip
    best = candidates[0]
    structure = best.structure
    return (
        f"inchikey14:{structure.inchikey14}",
        structure.formula,
        structure.smiles,
        NULL,
        _text(structure.name),
        NULL,
        _mass(structure.formula),
        adduct,
        item.levels.get(structure.inchikey14, TENTATIVE),
        CONFIDENCE,
        f"{best.score:.5f}",
    )


def _feature(item: MzTabItem, rows: int) -> tuple[str, ...]:
    spectrum = item.annotation.spectrum
    time = spectrum.retention_time_s
    return (
        "1" if rows > 1 else NULL,
        item.annotation.adduct or NULL,
        NULL,
        _number(spectrum.precursor_mz, 5),
        str(_charge(item.annotation)),
        _number(time, 2),
        NULL,
        NULL,
    )


def _evidence_row(item: MzTabItem, candidate: Candidate, run: int) -> tuple[str, ...]:
    annotation, structure = item.annotation, candidate.structure
    spectrum = annotation.spectrum
    return (
        _text(item.spectrum_id),
        f"inchikey14:{structure.inchikey14}",
        structure.formula,
        structure.smiles,
        NULL,
        _text(structure.name),
        NULL,
        NULL,
        annotation.adduct or NULL,
        _number(spectrum.precursor_mz, 5),
        str(_charge(annotation)),
        _theoretical_mz(structure.formula, annotation),
        f"ms_run[{run}]:index={spectrum.origin.index}",
        METHOD,
        f"[MS, MS:1000511, ms level, {spectrum.ms_level}]",
        f"{candidate.score:.5f}",
        str(candidate.rank),
    )


def _adduct(annotation: Annotation) -> Adduct | None:
    try:
        return parse_adduct(annotation.adduct) if annotation.adduct else None
    except MsguiError:
        return None


def _charge(annotation: Annotation) -> int:
    adduct = _adduct(annotation)
    return adduct.charge if adduct is not None else annotation.spectrum.charge or 1


def _theoretical_mz(formula: str, annotation: Annotation) -> str:
    adduct = _adduct(annotation)
    if adduct is None:
        return NULL
    try:
        return f"{adduct.mz(Formula.parse(formula).mass):.5f}"
    except MsguiError:
        return NULL


def _mass(formula: str) -> str:
    try:
        return f"{Formula.parse(formula).mass:.5f}" if formula else NULL
    except MsguiError:
        return NULL


def _number(value: float | None, digits: int) -> str:
    return NULL if value is None else f"{value:.{digits}f}"


def _file(annotation: Annotation) -> str:
    name = annotation.spectrum.origin.file.replace("\\", "/").rsplit("/", 1)[-1]
    return _text(name) if name else "unknown"


def _text(text: str) -> str:
    """Return text that stays in its cell; the bar separates values in mzTab."""
    cleaned = "".join(c if c.isprintable() else " " for c in text).replace("|", "/").strip()
    return cleaned or NULL


def _line(*cells: str) -> str:
    return "\t".join(cells) + "\n"
