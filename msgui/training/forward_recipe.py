"""What the training of a forward model is made of, as a TOML file."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from msgui.training.forward_network import ForwardSize
from msgui.training.forward_ranking import ForwardRanking
from msgui.training.forward_training import ForwardTraining
from msgui.training.recipe import DataRecipe, filled, read_toml


@dataclass(frozen=True)
class ForwardRecipe:
    """A whole training run of a forward model; every value has a default that works.

    Parameters
    ----------
    name, version, title, description, licence : str
        Of the model that is made.
    """

    name: str = "my-forward-model"
    version: str = "1"
    title: str = ""
    description: str = ""
    licence: str = ""
    data: DataRecipe = field(default_factory=DataRecipe)
    size: ForwardSize = field(default_factory=ForwardSize)
    training: ForwardTraining = field(default_factory=ForwardTraining)
    ranking: ForwardRanking = field(default_factory=ForwardRanking)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Return the recipe of a TOML file.

        Raises
        ------
        MsguiError
            When the file cannot be read, or has a key that no such recipe knows.
        """
        values = read_toml(path)
        sections = {
            "data": DataRecipe,
            "size": ForwardSize,
            "training": ForwardTraining,
            "ranking": ForwardRanking,
        }
        for name, kind in sections.items():
            values[name] = filled(kind, values.get(name, {}), name, str(path))
        recipe = filled(cls, values, "recipe", str(path))
        assert isinstance(recipe, cls)
        return recipe

    def as_dict(self) -> dict[str, Any]:
        """Return nested plain dictionaries."""
        return asdict(self)
