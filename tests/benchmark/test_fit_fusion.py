"""Fitted weights follow the votes that are right, and the true structure has none."""

import numpy as np

from msgui.benchmark.fit_fusion import FusionCase, fit_fusion
from msgui.prediction.fusion import Fusion, Relatives


def cases(*, near_is_right: bool) -> list[FusionCase]:
    rng = np.random.default_rng(3)
    made = []
    for number in range(30):
        truth = (rng.random(4096) < 0.02).astype(np.uint8)
        noisy = rng.random((3, 4096)) < 0.02
        right = np.array([np.where(rng.random(4096) < 0.98, truth, 1 - truth) for _ in range(3)])
        near = np.packbits(right if near_is_right else noisy, axis=1)
        isomers = np.packbits(np.vstack([noisy, truth[None]]).astype(np.uint8), axis=1)
        relatives = Relatives(
            isomers,
            np.array([f"I{number}a", f"I{number}b", f"I{number}c", f"T{number}"]),
            near,
            np.array([f"N{number}a", f"N{number}b", f"N{number}c"]),
        )
        said = np.clip(0.3 * truth + 0.2 * rng.random(4096), 0, 1).astype(np.float32)
        made.append(FusionCase(said, relatives, f"T{number}", truth))
    return made


def fitted(given: list[FusionCase]) -> Fusion:
    return next(event for event in fit_fusion(given) if isinstance(event, Fusion))


def test_a_vote_that_is_right_counts_and_one_of_chance_does_not() -> None:
    good, chance = fitted(cases(near_is_right=True)), fitted(cases(near_is_right=False))
    assert good.both[2] > 0.3
    assert chance.both[2] < 0.1
    # The true structure stands among the isomers and would give itself away.
    assert good.both[1] < 0.1


def test_weights_that_nothing_speaks_for_are_plain_means() -> None:
    one = cases(near_is_right=True)[:4]
    bare = [
        FusionCase(c.probability, c.relatives.without_isomers(), c.inchikey14, c.truth) for c in one
    ]
    assert fitted(bare).isomers_only == (0.5, 0.5, 0.0, 0.0)
