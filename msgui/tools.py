"""What a run works with: settings, the opened model, candidate store and reference library."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from msgui.errors import MsguiError, Problem
from msgui.progress import Step
from msgui.structures.structure import Structure

if TYPE_CHECKING:
    from msgui.annotation import Annotation
    from msgui.chemistry.peak_candidates import PeakKind
    from msgui.library.store import Library
    from msgui.prediction.forward import ForwardModel
    from msgui.prediction.onnx_model import Model
    from msgui.structures.store import StructureStore
    from msgui.trust.calibration import Calibration
    from msgui.trust.influence import InfluenceIndex
    from msgui.trust.judging import Standard
    from msgui.trust.set_up import FormulaKind, SetUp


NOTHING_MEASURED = "Not calibrated for this set-up (models, ranking and structures)."


@dataclass(frozen=True)
class Settings:
    """How a spectrum is annotated.

    Parameters
    ----------
    ppm : float
        Tolerance of the precursor.
    fragment_ppm : float
        Tolerance of fragment peaks.
    adduct : str or None
        Used for every spectrum instead of the record's.
    by : "formula" or "mass"
        Fetch candidates of the best formula, or all within ``ppm`` of the neutral mass.
    formula : "auto" or "record"
        Compute the formula, or trust the one that the file states.
    given_formula : str or None
        A formula that the user chose; goes before both.
    top : int
        Length of the candidate list that is kept.
    max_bonds : int
        Bonds that may be cut to make a fragment.
    isotopes, radicals, further_charges : bool
        May a peak be a heavy isotope of another, a radical ion, a fragment of more than one charge.
    adduct_kept, adduct_lost : bool
        May a fragment of [M+Na]+ and the like keep the atoms of the adduct, may it lose them.
    water_adducts, nitrogen_adducts : bool
        May a fragment have picked up water or nitrogen in the collision cell.
    provider : str
        Where the model runs: "auto", "cpu", "cuda", "directml", "coreml".
    elements : str
        Elements that formulas may have besides C H N O P S F Cl Br I ("Si, B2, Se"), as
        :func:`msgui.chemistry.elements.element_bounds` reads them.
    """

    ppm: float = 10.0
    fragment_ppm: float = 10.0
    adduct: str | None = None
    by: Literal["formula", "mass"] = "formula"
    formula: Literal["auto", "record"] = "auto"
    given_formula: str | None = None
    top: int = 100
    max_bonds: int = 3
    isotopes: bool = True
    radicals: bool = True
    further_charges: bool = True
    adduct_kept: bool = True
    adduct_lost: bool = True
    water_adducts: bool = True
    nitrogen_adducts: bool = True
    provider: str = "auto"
    elements: str = ""

    @property
    def peak_kinds(self) -> "tuple[PeakKind, ...]":
        """What peaks may be besides even-electron, singly charged parts of the ion."""
        from msgui.chemistry.peak_candidates import PEAK_KINDS

        return tuple(kind for kind in PEAK_KINDS if getattr(self, kind.replace(" ", "_")))

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as plain values, for ``run.json``."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Tools:
    """Everything that :func:`msgui.pipeline.annotate` needs besides the spectrum.

    Parameters
    ----------
    settings : Settings
    model : Model or None
        Without one, candidates are ranked by the other evidence.
    forward : ForwardModel or None
        Expected intensities of candidates; without one they are not compared.
    structures : StructureStore or None
    library : Library or None
        Reference spectra for the nearest-neighbour baseline.
    candidates : mapping of spectrum_id to structures
        Given lists; a spectrum that has one is ranked over exactly these.
    calibration : Calibration or None
        What was measured of how far answers can be believed.
    """

    settings: Settings = field(default_factory=Settings)
    model: "Model | None" = None
    forward: "ForwardModel | None" = None
    structures: "StructureStore | None" = None
    library: "Library | None" = None
    candidates: Mapping[str, tuple[Structure, ...]] = field(default_factory=dict)
    calibration: "Calibration | None" = None

    @cached_property
    def set_up(self) -> "SetUp | None":
        """What answers are made with; None without a model."""
        from msgui.trust.set_up import set_up_of

        if self.model is None:
            return None
        return set_up_of(self.model, self.forward, self.structures)

    @cached_property
    def influence(self) -> "InfluenceIndex | None":
        """What tells the influence of training spectra, or None; read at first use."""
        from msgui.prediction.card import INFLUENCE_FILE
        from msgui.trust.influence import InfluenceIndex

        if self.model is None or self.model.memory is None:
            return None
        path = self.model.folder / INFLUENCE_FILE
        if not path.is_file():
            return None
        return InfluenceIndex.load(path, self.model.card.files.get(INFLUENCE_FILE))

    def standard_for(self, annotation: "Annotation") -> "Standard":
        """Return what the answer of an annotation is judged by, or why nothing was measured."""
        from msgui.trust.judging import Standard

        reason = self._not_measured(annotation)
        if reason:
            return Standard(None, reason)
        if self.calibration is None or self.set_up is None:
            return Standard(None, NOTHING_MEASURED)
        kind: FormulaKind = "computed" if annotation.formula_source == "computed" else "known"
        found = self.calibration.of(self.set_up, kind)
        reason = "" if found is not None else NOTHING_MEASURED
        return Standard(found, reason, self._learned_from_first(annotation))

    def _learned_from_first(self, annotation: "Annotation") -> bool:
        """Return whether a model learned from the structure in first place."""
        if not annotation.candidates:
            return False
        key = annotation.candidates[0].structure.inchikey14
        memory = self.model.memory if self.model is not None else None
        known = memory is not None and memory.knows(key)
        return known or (self.forward is not None and self.forward.knows(key))

    def _not_measured(self, annotation: "Annotation") -> str:
        if self.model is None:
            return "There is no model."
        if self.candidates:
            return "Nothing was measured of given candidate lists."
        if annotation.overrides.structures:
            return "Nothing was measured of lists with structures of your own."
        if self.library is not None:
            return "Nothing was measured of rankings with reference spectra."
        if self.settings.by == "mass":
            return "Nothing was measured of candidates by mass alone."
        return "The adduct is a guess." if annotation.adduct_is_guessed else ""


def open_tools(
    settings: Settings,
    model: str | None = "auto",
    structures: str | Path | None = "auto",
    library: str | Path | None = None,
    candidates: str | Path | None = None,
    forward: str | None = "auto",
) -> Iterator[Step | Problem | Tools]:
    """Open what a run works with; yields steps, problems that do not stop it, and last the tools.

    Parameters
    ----------
    model : str or None
        Name or folder; "auto" takes the recommended one and goes on without if there is none.
    structures : str, Path or None
        Name or path of a candidate store; "auto" builds or opens the default store.
    library : str, Path or None
        Name or path of a reference library.
    candidates : str, Path or None
        TSV file with the columns spectrum_id and smiles.
    forward : str or None
        Name or folder of the forward model; "auto" goes on without if there is none.

    Raises
    ------
    MsguiError
        When something that was asked for by name cannot be opened.
    """
    yield Step(0, 4, "Opening the model")
    opened_model = None
    if model is not None:
        try:
            opened_model = _open_model(model, settings.provider)
        except MsguiError as error:
            if model != "auto":
                raise
            yield Problem("warning", error.cause, error.action, error.file, error.where)
    for note in opened_model.notes if opened_model is not None else ():
        yield Problem("warning", note)
    opened_forward = None
    if forward is not None:
        try:
            opened_forward = _open_forward(forward)
        except MsguiError as error:
            if forward != "auto":
                raise
            yield Problem("warning", error.cause, error.action, error.file, error.where)
    yield Step(1, 4, "Opening the candidate structures")
    store = None
    if candidates is None and structures is not None:
        from msgui.structures.opening import prepare_store

        for event in prepare_store(structures):
            if isinstance(event, Step | Problem):
                yield event
            else:
                store = event
    yield Step(2, 4, "Opening the reference spectra")
    opened_library = None
    if library is not None:
        from msgui.library.opening import prepare_library

        for told in prepare_library(library):
            if isinstance(told, Step | Problem):
                yield told
            else:
                opened_library = told
    given: Mapping[str, tuple[Structure, ...]] = {}
    if candidates is not None:
        from msgui.structures.candidates_file import read_candidates

        yield Step(3, 4, "Reading the candidate lists")
        given, problems = read_candidates(candidates)
        yield from problems
    calibration = None
    if opened_model is not None and opened_model.folder is not None:
        from msgui.trust.calibration import Calibration

        try:
            calibration = Calibration.load(opened_model.folder)
        except MsguiError as error:
            yield Problem("warning", error.cause, error.action, error.file)
    yield Step(4, 4, "Ready")
    yield Tools(settings, opened_model, opened_forward, store, opened_library, given, calibration)


def _open_model(name: str, provider: str) -> "Model":
    from msgui.prediction.models import open_model

    return open_model(name, provider=provider)


def _open_forward(name: str) -> "ForwardModel":
    from msgui.prediction.forward_models import open_forward_model

    return open_forward_model(name)
