"""Formulas for the distance between two peaks."""

from msgui.chemistry.formula import Formula
from msgui.chemistry.losses import MOST_PROPOSALS, loss_tolerance_da, propose_losses


def test_a_loss_of_caffeine_is_named() -> None:
    found = propose_losses(195.0877, 138.0662, 10, Formula.parse("C8H11N4O2"))

    assert str(found[0].formula) == "C2H3NO"
    assert found[0].is_known
    assert abs(found[0].error_da) < 0.0005


def test_no_more_than_five_and_the_known_first() -> None:
    found = propose_losses(734.4685, 576.3742, 20)

    assert len(found) == MOST_PROPOSALS
    known = [loss.is_known for loss in found]
    assert known == sorted(known, reverse=True)


def test_what_the_precursor_lacks_is_not_lost() -> None:
    for loss in propose_losses(300.2, 256.1885, 50, Formula.parse("C16H26NO4")):
        assert Formula.parse("C16H26NO4").contains(loss.formula)


def test_radicals_and_several_waters_are_possible_losses() -> None:
    methyl = propose_losses(180.0642 + 15.0235, 180.0642, 5)
    waters = propose_losses(200.0, 200.0 - 2 * 18.010565, 5)

    assert str(methyl[0].formula) == "CH3"
    assert str(waters[0].formula) == "H4O2"


def test_doubly_charged_peaks_lose_twice_their_distance() -> None:
    found = propose_losses(300.0, 300.0 - 18.010565 / 2, 5, charge=2)

    assert str(found[0].formula) == "H2O"


def test_no_distance_is_no_loss() -> None:
    assert propose_losses(138.0662, 138.0662, 10) == ()
    assert propose_losses(138.0662, 195.0877, 10) == ()
    assert loss_tolerance_da(300.0, 400.0, 10) == 0.005
