"""What the training of a forward model is made of, as a TOML file."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Self

from msgui.errors import MsguiError
from msgui.training.forward_network import ForwardSize
from msgui.training.forward_training import ForwardTraining
from msgui.training.recipe import DataRecipe


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

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Return the recipe of a TOML file.

        Raises
        ------
        MsguiError
            When the file cannot be read, or has a key that no such recipe knows.
        """
        try:
            record = tomllib.loads(Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
            raise MsguiError(
                f"The recipe cannot be read ({fault}).", "Compare it with a bundled one.", str(path)
            ) from fault
        values = dict(record)
        sections = {"data": DataRecipe, "size": ForwardSize, "training": ForwardTraining}
        for name, kind in sections.items():
            values[name] = kind(**_known(kind, values.get(name, {}), name, path))
        return cls(**_known(cls, values, "recipe", path))

    def as_dict(self) -> dict[str, Any]:
        """Return nested plain dictionaries."""
        return asdict(self)


def _known(
    kind: type[Any], values: Mapping[str, Any], section: str, path: str | Path
) -> Mapping[str, Any]:
    known = [item.name for item in fields(kind)]
    unknown = [key for key in values if key not in known]
    if unknown:
        raise MsguiError(
            f"The recipe has {', '.join(unknown)}, which [{section}] does not know.",
            f"It may have {', '.join(known)}.",
            str(path),
        )
    return values
