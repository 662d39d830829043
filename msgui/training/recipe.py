"""What a training run is made of, as a TOML file that a chemist can read and change."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Self

from msgui.errors import MsguiError

RECIPES = Path(__file__).with_name("recipes")


@dataclass(frozen=True)
class DataRecipe:
    """What is learned from: licences, and how molecules are held out.

    ``split`` is a kind of split or the path of a split file. ``validation`` and ``test`` are
    shares of molecules.
    """

    only_free_licences: bool = True
    split: str = "scaffold"
    validation: float = 0.1
    test: float = 0.1
    split_seed: int = 1


@dataclass(frozen=True)
class Augmentation:
    """How much a spectrum is changed each time it is seen.

    Parameters
    ----------
    calibration_ppm : float
        Standard deviation of a shift common to all peaks of a spectrum.
    peak_ppm : float
        Standard deviation of each peak's own error.
    intensity_power : float
        Standard deviation of the logarithm of a common exponent: stands for another energy.
    intensity_noise : float
        Standard deviation of the logarithm of each peak's own factor.
    drop_peaks : float
        Largest share of peaks that is left out.
    mix_spectra : float
        How often a spectrum is merged with another of the same molecule and adduct, as an
        instrument does that steps its energy.
    hide_energy, hide_formula, hide_instrument, hide_adduct : float
        How often a condition is hidden, so that the model works without it.
    hide_fragments : float
        Share of peaks whose subformula is hidden: it may be wrong, or out of tolerance.
    """

    calibration_ppm: float = 3.0
    peak_ppm: float = 2.0
    intensity_power: float = 0.2
    intensity_noise: float = 0.25
    drop_peaks: float = 0.3
    mix_spectra: float = 0.2
    hide_energy: float = 0.1
    hide_formula: float = 0.03
    hide_instrument: float = 0.1
    hide_adduct: float = 0.02
    hide_fragments: float = 0.1


@dataclass(frozen=True)
class Training:
    """How long and how fast is learned.

    Parameters
    ----------
    passes : int
        A pass shows ``spectra_per_molecule`` spectra of every molecule, however many it has.
    batch : int
    learning_rate, weight_decay : float
        AdamW; the rate rises and falls once over all passes.
    metric_weight : float
        Weight of the loss that arranges embeddings by structural similarity.
    matching_weight : float
        Weight of the loss that matches spectra with their own molecules among all of the batch.
    averaging : float
        The weights that are kept are a running mean with this memory.
    patience : int
        Passes without a better validation score after which the run ends.
    threads : int
        0: as torch decides.
    half_precision : bool
        Multiply matrices in bfloat16 (twice as fast where the processor has it).
    """

    passes: int = 24
    spectra_per_molecule: int = 3
    batch: int = 256
    learning_rate: float = 1e-3
    weight_decay: float = 0.02
    metric_weight: float = 0.2
    matching_weight: float = 0.0
    averaging: float = 0.995
    patience: int = 8
    seed: int = 1
    threads: int = 0
    half_precision: bool = True


@dataclass(frozen=True)
class Simulation:
    """What is learned from simulated spectra before the measured ones.

    Parameters
    ----------
    structures : int
        How many structures are drawn from a structure store; 0 leaves simulation out.
    sources : tuple of str
        Sources of the store that may be drawn from (all when empty): those whose terms let
        weights be passed on.
    spectra_each : int
        Spectra of each structure.
    passes : int
        A pass shows one spectrum of every structure.
    learning_rate : float
    """

    structures: int = 0
    sources: tuple[str, ...] = ()
    spectra_each: int = 2
    passes: int = 5
    learning_rate: float = 1.5e-3


@dataclass(frozen=True)
class Recipe:
    """A whole training run; every value has a default that works.

    Parameters
    ----------
    name, title, licence : str
        Of the model that is made.
    network : str
        "mlp" or "transformer".
    size : mapping
        Changes to the network's size (see ``networks.NetworkSize``).
    together_with : str
        Name or path of a model of the same split whose probabilities are averaged with the new
        one's, with the share that validation likes best; empty for none.
    """

    name: str = "my-model"
    version: str = "1"
    title: str = ""
    description: str = ""
    licence: str = ""
    network: str = "mlp"
    size: Mapping[str, Any] = field(default_factory=dict)
    together_with: str = ""
    data: DataRecipe = field(default_factory=DataRecipe)
    augmentation: Augmentation = field(default_factory=Augmentation)
    training: Training = field(default_factory=Training)
    simulation: Simulation = field(default_factory=Simulation)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Return the recipe of a TOML file.

        Raises
        ------
        MsguiError
            When the file cannot be read, or has a key that no recipe knows.
        """
        return cls.from_dict(read_toml(path), str(path))

    @classmethod
    def from_dict(cls, record: Mapping[str, Any], file: str = "") -> Self:
        """Return a recipe from nested mappings (errors as :meth:`load`)."""
        values = dict(record)
        sections = {
            "data": DataRecipe,
            "augmentation": Augmentation,
            "training": Training,
            "simulation": Simulation,
        }
        for name, kind in sections.items():
            if name in values:
                values[name] = filled(kind, values[name], name, file)
        recipe = filled(cls, values, "recipe", file)
        assert isinstance(recipe, cls)
        return recipe

    def as_dict(self) -> dict[str, Any]:
        """Return nested plain dictionaries."""
        return asdict(self) | {"size": dict(self.size)}

    def for_simulated(self) -> Self:
        """Return the recipe of the part that learns from simulated spectra.

        Nothing of a simulated spectrum is mixed, and its adduct is never hidden.
        """
        first = self.simulation
        return replace(
            self,
            augmentation=replace(self.augmentation, mix_spectra=0.0, hide_adduct=0.0),
            training=replace(
                self.training,
                passes=first.passes,
                patience=first.passes,
                learning_rate=first.learning_rate,
                spectra_per_molecule=1,
            ),
        )


def read_toml(path: str | Path) -> dict[str, Any]:
    """Return what stands in the file of a recipe.

    Raises
    ------
    MsguiError
        When the file cannot be read.
    """
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise MsguiError(
            f"The recipe cannot be read ({fault}).", "Compare it with a bundled one.", str(path)
        ) from fault


def filled(kind: type[Any], values: Mapping[str, Any], section: str, file: str) -> Any:
    """Return a part of a recipe from the values of its section.

    Raises
    ------
    MsguiError
        When there is a key that the section does not know.
    """
    known = [item.name for item in fields(kind)]
    unknown = [key for key in values if key not in known]
    if unknown:
        raise MsguiError(
            f"The recipe has {', '.join(unknown)}, which [{section}] does not know.",
            f"It may have {', '.join(known)}.",
            file,
        )
    return kind(**values)
