"""Fixtures for every test: the shared data folder, and folders of one's own for settings."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of shared data, or skip where a checkout stands alone."""
    if not (SHARED / "massbank_ms2.parquet").exists():
        pytest.skip(f"needs the shared data beside the checkout ({SHARED.name}/)")
    return SHARED


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the user's own settings, stores and caches out of tests."""
    home = tmp_path_factory.mktemp("home")
    for name in ("CONFIG", "DATA", "CACHE"):
        monkeypatch.setenv(f"MSGUI_{name}", str(home / name.lower()))
    return home
