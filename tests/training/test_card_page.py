"""The card's page names the data, the licences and the controls."""

from msgui.prediction.card import Card
from msgui.training.card_page import card_page

ROW = {
    "data": "scaffold test",
    "spectra": 1200,
    "molecules": 400,
    "jaccard": 0.36,
    "jaccard_low": 0.34,
    "jaccard_high": 0.38,
    "jaccard_molecules": 0.35,
    "same_formula_coverage": 0.2,
    "queries_of_2": 1000,
    "queries_of_10": 500,
    "hit_1_of_2": 0.3,
    "hit_1_of_10": 0.2,
    "random_1_of_2": 0.13,
    "random_1_of_10": 0.04,
}


def test_the_page_shows_the_model_beside_its_controls() -> None:
    card = Card(
        name="tiny",
        version="1",
        task="fingerprint",
        inputs={},
        threshold=0.3,
        training={
            "data": "spectra.parquet",
            "spectra": 5000,
            "structures": 300,
            "licences": {"CC0": 5000},
            "dropped": {"licence": 7},
            "export": {
                "largest_difference_to_torch": 1e-6,
                "largest_difference_with_padding": 0.0,
            },
        },
        split={"kind": "scaffold", "sha256": "ab" * 32, "sides": {"train": 5000}},
        calibration={"expected_calibration_error": 0.004},
        scores=({**ROW, "method": "tiny"}, {**ROW, "method": "strong neighbours"}),
    )
    page = card_page(card)
    assert "| tiny | 0.360 (0.340-0.380) | 0.350 | 0.300 | 0.200 |" in page
    assert "| random order |  |  | 0.130 | 0.040 |" in page
    assert "CC0 5,000" in page
    assert "licence 7" in page
    assert "20% of the queries" in page
