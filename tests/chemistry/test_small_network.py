from pathlib import Path

import numpy as np

from msgui.chemistry.small_network import SmallNetwork


def test_layers_by_hand(tmp_path: Path) -> None:
    np.savez(
        tmp_path / "n.npz",
        center=np.array([1.0, 0.0]),
        scale=np.array([2.0, 1.0]),
        weight_0=np.array([[1.0, -1.0], [2.0, 0.5]]),
        bias_0=np.array([0.5, 0.0]),
        weight_1=np.array([[1.0], [10.0]]),
        bias_1=np.array([-1.0]),
    )
    network = SmallNetwork.load(tmp_path / "n.npz")
    # (3, 1) -> (1, 1) -> (3.5, -0.5) -> (3.5, 0) -> 2.5
    assert network(np.array([[3.0, 1.0], [1.0, 0.0]])).tolist() == [[2.5], [-0.5]]
