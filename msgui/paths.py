"""Where msgui finds what it ships and where it keeps what it makes."""

import os
from pathlib import Path

import platformdirs

PACKAGE = Path(__file__).resolve().parent


def _shipped(name: str) -> Path:
    """Return the folder ``name`` beside the package (checkout) or inside it (wheel)."""
    inside = PACKAGE / name
    return inside if inside.is_dir() else PACKAGE.parent / name


def resources() -> Path:
    """Return the folder of icons, samples, help pages and fonts."""
    return _shipped("resources")


def models() -> Path:
    """Return the folder of bundled models."""
    return _shipped("models")


def _own(variable: str, default: str) -> Path:
    folder = Path(os.environ.get(variable) or default)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def config_folder() -> Path:
    """Return the folder of settings; ``MSGUI_CONFIG`` overrides it."""
    return _own("MSGUI_CONFIG", platformdirs.user_config_dir("msgui", appauthor=False))


def data_folder() -> Path:
    """Return the folder of what the user added; ``MSGUI_DATA`` overrides it."""
    return _own("MSGUI_DATA", platformdirs.user_data_dir("msgui", appauthor=False))


def cache_folder() -> Path:
    """Return the folder of things that can be made again; ``MSGUI_CACHE`` overrides it."""
    return _own("MSGUI_CACHE", platformdirs.user_cache_dir("msgui", appauthor=False))
