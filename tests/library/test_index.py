"""The inverted index gives the same as multiplying the matrix."""

from pathlib import Path

import numpy as np

from msgui.library.index import BinnedIndex, build_index
from msgui.library.vectors import Entries


def test_dot_is_a_matrix_product(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    matrix = generator.random((30, 50)) * (generator.random((30, 50)) < 0.2)
    parts = []
    for first in range(0, 30, 7):
        row, column = np.nonzero(matrix[first : first + 7])
        values = matrix[first : first + 7][row, column].astype(np.float32)
        parts.append((first, Entries(row, column, values)))
    index = list(build_index(parts, 50, 30))[-1]
    assert isinstance(index, BinnedIndex)
    index.save(tmp_path, "x")
    index = BinnedIndex.load(tmp_path, "x", 30)
    vector = generator.random(50).astype(np.float32)
    np.testing.assert_allclose(index.dot(np.arange(50), vector), matrix @ vector, rtol=1e-5)
    some = np.array([3, 17])
    np.testing.assert_allclose(index.dot(some, vector[some]), matrix[:, some] @ vector[some], 1e-5)
