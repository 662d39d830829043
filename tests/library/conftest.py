"""One small library for all tests of this folder."""

from pathlib import Path

import pytest
from reference_spectra import library as small_library

from msgui.library.store import Library


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Return a library of six spectra of four compounds."""
    folder: Path = tmp_path_factory.mktemp("library")
    return small_library(folder)
