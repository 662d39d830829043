"""What makes a model fail: factors are found where they were put in, and the page says so."""

import re
from pathlib import Path

import numpy as np
import pytest

from msgui.benchmark.failures import (
    CONDITIONS,
    FACTORS,
    FORMULAS,
    HELPED,
    PEAKS,
    STAYS,
    UNSEEN,
    Failures,
    choose_new,
    find_failures,
    groups_by,
    groups_of,
    joint_strengths,
    rank_correlations,
)
from msgui.benchmark.failures_report import failures_page, failures_tsv
from msgui.errors import MsguiError
from msgui.prediction.onnx_model import Model
from msgui.training.batches import TrainingArrays
from msgui.training.dataset import Dataset, _Builder
from tests.tiny_models import graph, write_memory, write_model, write_seen
from tests.training.training_records import SMILES, record


def made_up(n: int = 400) -> Failures:
    """Return losses that new formulas alone make; few conditions come with new formulas."""
    random = np.random.default_rng(4)
    factors = random.random((n, len(FACTORS)))
    factors[:, CONDITIONS] = np.floor(1000 * (1 - factors[:, UNSEEN]) * random.random(n))
    factors[:, HELPED] = np.nan
    losses = 0.8 - 0.5 * factors[:, UNSEEN] + random.normal(0, 0.05, n)
    keys = tuple(f"KEY{i // 2:011d}" for i in range(n))
    adducts = tuple("[M+H]+" if i % 3 else "[M-H]-" for i in range(n))
    names = tuple(f"T{i:04d}" for i in range(n))
    return Failures(names, keys, adducts, ("orbitrap",) * n, losses, factors)


def test_the_planted_cause_is_the_strongest_and_what_goes_with_it_falls_away() -> None:
    found = made_up()
    alone, together = rank_correlations(found), joint_strengths(found)
    assert alone[UNSEEN] < -0.9
    assert alone[CONDITIONS] > 0.4
    assert together[UNSEEN] < -0.9
    assert abs(together[CONDITIONS]) < 0.1
    assert np.isnan([alone[HELPED], together[HELPED]]).all()
    exchanged = rank_correlations(found, np.random.default_rng(1).permutation)
    assert np.nanmax(np.abs(exchanged)) < 0.2


def test_groups_hold_every_spectrum_once() -> None:
    found = made_up()
    for factor in (UNSEEN, CONDITIONS, STAYS):
        assert sum(group.spectra for group in groups_of(found, factor)) == len(found)
    means = [group.jaccard.value for group in groups_of(found, UNSEEN)]
    assert means == sorted(means, reverse=True)
    first, second = groups_by(found, found.adduct)
    assert (first.words, second.words) == ("[M+H]+", "[M-H]-")


def test_page_and_table() -> None:
    found = made_up(40)
    page = failures_page(found, ["Model <b>"])
    assert "Model &lt;b&gt;" in page
    assert not re.search(r'(src|href)="http', page)
    assert page.count("<svg") == len(FACTORS) + 2
    assert page == failures_page(found, ["Model <b>"])
    lines = failures_tsv(found).splitlines()
    assert len(lines) == 41
    assert len({len(line.split("\t")) for line in lines}) == 1


@pytest.fixture
def dataset() -> Dataset:
    builder = _Builder(only_free=True)
    for smiles in SMILES[:20]:
        for energy in (10.0, 40.0):
            builder.add(record(smiles, energy=energy))
    return builder.dataset([])


def test_factors_of_spectra(tmp_path: Path, dataset: Dataset) -> None:
    folder = write_model(tmp_path / "model", graph())
    known = dataset.molecules
    write_memory(folder, [(known.smiles[0], known.inchikey14[0], known.formula[0])], [0, 0])
    write_seen(folder, ["C2H7O"])
    model = Model.open(folder, "cpu")
    assert model.memory is not None
    rows = choose_new(dataset, model.memory, 0, seed=1)
    assert known.inchikey14[0] not in {known.inchikey14[m] for m in dataset.molecule[rows]}
    assert len(rows) == len(known) - 1
    arrays = TrainingArrays.of(dataset, model.card.adducts, len(model.card.instruments))
    found = list(find_failures(dataset, arrays, rows, model, None))[-1]
    assert isinstance(found, Failures)
    assert np.isnan(found.factors[:, HELPED]).all()
    assert ((found.factors[:, STAYS] >= 0) & (found.factors[:, STAYS] <= 1)).all()
    assert set(found.factors[:, FORMULAS]) <= {0.0, 1.0}
    assert found.factors[:, PEAKS].min() >= 0
    assert ((found.jaccard >= 0) & (found.jaccard <= 1)).all()


def test_nothing_new(tmp_path: Path, dataset: Dataset) -> None:
    folder = write_model(tmp_path / "model", graph())
    known = dataset.molecules
    compounds = list(zip(known.smiles, known.inchikey14, known.formula, strict=True))
    write_memory(folder, compounds, list(range(len(compounds))))
    memory = Model.open(folder, "cpu").memory
    assert memory is not None
    with pytest.raises(MsguiError, match="every compound"):
        choose_new(dataset, memory, 0, seed=1)
