"""Which forward models there are: the one that came with msgui, and the user's own."""

from collections.abc import Iterator
from pathlib import Path

from msgui import paths
from msgui.errors import MsguiError
from msgui.prediction.card import FORWARD_FILE
from msgui.prediction.forward import ForwardModel
from msgui.prediction.models import Finding, check_files

AUTO = "auto"


def list_forward_models() -> list[Path]:
    """Return the folders of forward models: the user's first, then the bundled, each by name."""
    found: list[Path] = []
    for place in (paths.data_folder() / "models", paths.models()):
        if place.is_dir():
            found += sorted(p for p in place.iterdir() if (p / FORWARD_FILE).is_file())
    return found


def open_forward_model(name_or_path: str | Path = AUTO) -> ForwardModel:
    """Return an opened forward model: "auto" (the first there is), a name, or a folder.

    Raises
    ------
    MsguiError
        There is no such model, or it cannot be read.
    """
    known = list_forward_models()
    if str(name_or_path) == AUTO:
        if not known:
            raise MsguiError(
                "No forward model is installed.",
                "Train one with: msgui train --task forward",
                str(paths.models()),
            )
        return ForwardModel.open(known[0])
    for folder in known:
        if folder.name == str(name_or_path):
            return ForwardModel.open(folder)
    if Path(name_or_path).is_dir():
        return ForwardModel.open(name_or_path)
    names = ", ".join(folder.name for folder in known) or "none"
    raise MsguiError(
        f"There is no forward model {str(name_or_path)!r} (installed: {names}).",
        "Give one of these names, or the path of a folder.",
    )


def find_forward_model(name_or_path: str | Path) -> Path | None:
    """Return the folder of the forward model of that name or path, None when it is not one."""
    named = [folder for folder in list_forward_models() if folder.name == str(name_or_path)]
    given = Path(name_or_path)
    return next(iter(named), given if (given / FORWARD_FILE).is_file() else None)


def verify_forward_model(folder: Path) -> Iterator[Finding]:
    """Yield what is true of the folder of a forward model, looking at every file of it.

    Raises
    ------
    MsguiError
        At the first thing that is wrong.
    """
    model = ForwardModel.open(folder)
    yield Finding("card", f"{model.name} {model.version}, expected intensities of candidates")
    yield from check_files(folder, model.card.get("files", {}))
