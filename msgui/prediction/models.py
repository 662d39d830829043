"""Which models there are: those that came with msgui, and the user's own."""

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from msgui import paths
from msgui.errors import MsguiError, Problem
from msgui.prediction.card import CARD_FILE, FORWARD_FILE, MODEL_FILE, TRUST_FILE, Card
from msgui.prediction.probation import has_passed, note_passed, try_model
from msgui.progress import Step

if TYPE_CHECKING:
    from msgui.prediction.onnx_model import Model

AUTO = "auto"
RECOMMENDED_FILE = "recommended.txt"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class KnownModel:
    """A model folder that msgui knows of.

    Parameters
    ----------
    name : str
        Of the folder: what ``--model`` takes.
    folder : Path
    source : "bundled" or "user"
    recommended : bool
        Taken when no model is named.
    card : Card or None
        None when it cannot be read; ``problem`` then says why.
    problem : Problem or None
    """

    name: str
    folder: Path
    source: Literal["bundled", "user"]
    recommended: bool
    card: Card | None
    problem: Problem | None = None


def user_models() -> Path:
    """Return the folder of the user's own models."""
    return paths.data_folder() / "models"


def list_models() -> list[KnownModel]:
    """Return the bundled models and then the user's, each group by name.

    A model whose card cannot be read is in the list with the reason.
    """
    found: list[KnownModel] = []
    best = _recommended()
    places: tuple[tuple[Path, Literal["bundled", "user"]], ...] = (
        (paths.models(), "bundled"),
        (user_models(), "user"),
    )
    for place, source in places:
        for folder in _folders(place):
            card, problem = None, None
            try:
                card = Card.load(folder)
            except MsguiError as error:
                problem = error.problem()
            known = KnownModel(folder.name, folder, source, folder == best, card, problem)
            found.append(known)
    return found


def _folders(place: Path) -> list[Path]:
    """Return the folders of models of fingerprints; forward models stand beside them."""
    if not place.is_dir():
        return []
    with_card = (p for p in place.iterdir() if p.is_dir() and (p / CARD_FILE).is_file())
    return sorted(p for p in with_card if not (p / FORWARD_FILE).is_file())


def _recommended() -> Path | None:
    """Return the recommended folder: the bundled one that is named so, else the first of all."""
    bundled = _folders(paths.models())
    note = paths.models() / RECOMMENDED_FILE
    if note.is_file():
        name = note.read_text(encoding="utf-8").strip()
        for folder in bundled:
            if folder.name == name:
                return folder
    return next(iter([*bundled, *_folders(user_models())]), None)


def find_model(name_or_path: str | Path = AUTO) -> Path:
    """Return the folder of a model: "auto", a name from :func:`list_models`, or a path.

    A path may be that of the folder or of the ``model.onnx`` in it.

    Raises
    ------
    MsguiError
        There is no such model; the message lists those that there are.
    """
    if str(name_or_path) == AUTO:
        best = _recommended()
        if best is None:
            raise MsguiError(
                "No model is installed.",
                "Add one with: msgui models add FOLDER",
                str(paths.models()),
            )
        return best
    # The user's model goes before a bundled one of the same name: it was put there on purpose.
    for place in (user_models(), paths.models()):
        if (
            _PLAIN_NAME.fullmatch(str(name_or_path))
            and (place / name_or_path / CARD_FILE).is_file()
        ):
            return place / name_or_path
    path = Path(name_or_path)
    if path.is_file() and path.suffix.lower() == ".onnx":
        path = path.parent
    if path.is_dir():
        return path
    if path.exists():
        raise MsguiError(
            "This is no model: a model is a folder with model.onnx and card.json.",
            "Give the path of such a folder.",
            str(path),
        )
    names = ", ".join(known.name for known in list_models()) or "none"
    raise MsguiError(
        f"There is no model {str(name_or_path)!r} (installed: {names}).",
        "Give one of these names, or the path of a model folder.",
    )


def open_model(
    name_or_path: str | Path = AUTO, provider: str = AUTO, threads: int | None = None
) -> "Model":
    """Return an opened model; one from elsewhere is first tried in a process of its own.

    Raises
    ------
    MsguiError
        As :func:`find_model`, :func:`probation.try_model` and ``Model.open``.
    """
    from msgui.prediction.onnx_model import Model

    folder = find_model(name_or_path)
    if not is_bundled(folder):
        sha256 = _sha256(folder / MODEL_FILE)
        if sha256 and not has_passed(sha256):
            try_model(folder)
            note_passed(sha256)
    return Model.open(folder, provider, threads)


def is_bundled(folder: Path) -> bool:
    """Return whether a folder is one of those that came with msgui."""
    return folder.resolve().parent == paths.models().resolve()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at when a model was verified: what, and what was found."""

    what: str
    found: str


def verify(folder: Path) -> Iterator[Step | Finding]:
    """Yield what is true of a model folder, looking at every file of it; steps in between.

    Raises
    ------
    MsguiError
        At the first thing that is wrong.
    """
    steps = 4
    yield Step(0, steps, "card")
    card = Card.load(folder)
    yield Finding("card", f"{card.name} {card.version}, {card.bits} bits, radius {card.radius}")
    yield Step(1, steps, "files")
    if MODEL_FILE not in card.files:
        raise MsguiError(
            f"The card does not give the SHA-256 of {MODEL_FILE}.",
            "Add it under 'files', so that a changed file is noticed.",
            str(folder / CARD_FILE),
        )
    yield from check_files(folder, card.files)
    yield Step(2, steps, "first run")
    trial = try_model(folder)
    note_passed(card.files[MODEL_FILE].lower())
    yield Finding("first run", f"{trial.milliseconds:.1f} ms a spectrum on one CPU thread")
    for note in trial.notes:
        yield Finding("note", note)
    yield Step(3, steps, "memory")
    yield from _contents(folder, card)
    yield Step(steps, steps, "verified")


def _contents(folder: Path, card: Card) -> Iterator[Finding]:
    from msgui.prediction.card import MEMORY_FILE, SEEN_FORMULAS_FILE
    from msgui.prediction.memory import Memory, SeenFormulas

    if (folder / MEMORY_FILE).is_file():
        memory = Memory.load(folder / MEMORY_FILE, card.files.get(MEMORY_FILE))
        if memory.embedding.shape[1] != card.embedding_size:
            raise MsguiError(
                f"The memory's embeddings have {memory.embedding.shape[1]} values; the card says "
                f"{card.embedding_size}.",
                "Take the folder again from where it came.",
                str(folder / MEMORY_FILE),
            )
        found = f"{len(memory):,} training spectra of {len(memory.smiles):,} structures"
        yield Finding("memory", found)
    if (folder / SEEN_FORMULAS_FILE).is_file():
        seen = SeenFormulas.load(folder / SEEN_FORMULAS_FILE, card.files.get(SEEN_FORMULAS_FILE))
        yield Finding("seen formulas", f"{len(seen):,} fragment formulas")


def add(path: str | Path, *, replace: bool = False) -> Iterator[Step | Finding | Path]:
    """Yield findings while a model is verified and copied to the user's models; last its folder.

    Only ``card.json``, the files that the card names, and ``trust.json`` are copied.

    Raises
    ------
    MsguiError
        It does not pass :func:`verify`, or one of that name is there already.
    """
    source = find_model(path)
    card = Card.load(source)
    name = card.name
    if not _PLAIN_NAME.fullmatch(name):
        raise MsguiError(
            f"{name!r} is no name for a folder.",
            "Name the model with letters, digits, points and dashes.",
            str(source / CARD_FILE),
        )
    target = user_models() / name
    if target.exists() and not replace:
        raise MsguiError(
            f"There is a model {name!r} already.", "Use --force to replace it.", str(target)
        )
    yield from verify(source)
    user_models().mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".adding-", dir=user_models()))
    try:
        measured = (source / TRUST_FILE).is_file()
        for file in (CARD_FILE, *card.files, *((TRUST_FILE,) if measured else ())):
            shutil.copyfile(_inside(source, file), fresh / file)
        _put(fresh, target)
    except OSError as fault:
        raise MsguiError(
            f"The model cannot be copied ({fault.strerror}).",
            "Check space and permissions.",
            str(target),
        ) from fault
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    yield target


def _put(fresh: Path, target: Path) -> None:
    """Rename a finished folder into its place; an old one goes only when the new one stands."""
    old = target.with_name(f".old-{target.name}-{os.getpid()}")
    if target.exists():
        target.rename(old)
    try:
        fresh.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _inside(folder: Path, name: str) -> Path:
    """Return the path of a file of the folder, refusing names that lead out of it."""
    path = folder / name
    if not _PLAIN_NAME.fullmatch(name) or path.is_symlink():
        raise MsguiError(
            f"The card names a file outside its folder ({name!r}).",
            "Do not use this model.",
            str(folder / CARD_FILE),
        )
    return path


def check_files(folder: Path, files: Mapping[str, str]) -> Iterator[Finding]:
    """Yield the SHA-256 of each file of a model folder that its card names.

    Raises
    ------
    MsguiError
        When a file is missing or is not the one that the card means.
    """
    for name, expected in files.items():
        found = _sha256(_inside(folder, name))
        if found != expected.lower():
            what = "is missing" if not found else f"has the SHA-256 {found[:12]}..."
            raise MsguiError(
                f"{name} {what}; the card says {expected[:12]}...",
                "Take the folder again from where it came.",
                str(folder / name),
            )
        yield Finding(name, f"SHA-256 {found}")


def _sha256(path: Path) -> str:
    """Return the SHA-256 of a file, empty when there is none."""
    if not path.is_file():
        return ""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
