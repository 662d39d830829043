"""What ships was measured of what ships."""

from msgui.paths import models
from msgui.prediction.forward_models import open_forward_model
from msgui.prediction.models import find_model
from msgui.prediction.onnx_model import Model
from msgui.trust.calibration import Calibration
from msgui.trust.set_up import set_up_of


def test_calibration_belongs_to_the_bundled_models_and_weights() -> None:
    """When this fails, measure again: ``msgui train --task trust`` (see its help)."""
    folder = find_model()
    assert folder.parent == models()
    here = set_up_of(Model.open(folder, "cpu"), open_forward_model(), None)
    entries = Calibration.load(folder).entries
    assert {entry.formula for entry in entries} == {"computed", "known"}
    for entry in entries:
        found = entry.set_up
        parts = (found.model, found.forward, found.ranking, found.signals)
        assert parts == (here.model, here.forward, here.ranking, here.signals)
