"""What dragged things are said to be before they are dropped."""

import pytest
from PySide6.QtCore import QMimeData, QUrl
from windows import MGF

from msgui.gui.drops import DropOverlay, offer_of, offer_of_paths
from msgui.gui.theme import LIGHT

pytestmark = pytest.mark.gui


def test_small_files_are_counted(tmp_path):
    (tmp_path / "a.mgf").write_text(MGF)
    (tmp_path / "b.msp").write_text("Name: x\nNum Peaks: 1\n1 1\n\nName: y\nNum Peaks: 1\n1 1\n")
    offer = offer_of_paths([str(tmp_path / "a.mgf"), str(tmp_path / "b.msp")])
    assert (offer.kind, offer.title) == ("spectra", "2 files: add 5 spectra")


def test_one_spectrum_is_one(tmp_path):
    (tmp_path / "a.mgf").write_text("BEGIN IONS\n1 1\nEND IONS\n")
    assert offer_of_paths([str(tmp_path / "a.mgf")]).title == "a.mgf: add 1 spectrum"


def test_what_cannot_be_counted_quickly_is_not(tmp_path):
    path = tmp_path / "a.mzXML"
    path.write_text("<mzXML/>")
    assert offer_of_paths([str(path)]).title == "Add a.mzXML"
    assert offer_of_paths([str(tmp_path / "gone.mgf")]).kind == "spectra"


def test_folders_are_named(tmp_path):
    (tmp_path / "run 7").mkdir()
    assert offer_of_paths([str(tmp_path / "run 7")]).title == "Add all spectra in run 7"


@pytest.mark.parametrize("name", ["x.raw", "x.wiff", "x.d"])
def test_vendor_formats_are_refused_with_a_way_out(name):
    offer = offer_of_paths([f"/somewhere/{name}"])
    assert offer.kind == "refused"
    assert "msConvert" in offer.sentence


@pytest.mark.parametrize("name", ["x.csv", "x.SDF", "x.smi", "x.tsv.gz"])
def test_lists_of_structures_become_candidates(name):
    assert offer_of_paths([f"/somewhere/{name}"]).kind == "structures"


def test_a_table_of_spectra_is_no_list_of_structures(tmp_path):
    path = tmp_path / "MassSpecGym.tsv"
    path.write_text("identifier\tmzs\tintensities\tsmiles\nx\t100.1\t1\tCCO\n")
    assert offer_of_paths([str(path)]).kind == "spectra"


def test_models_are_known_by_file_or_card(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "card.json").write_text("{}")
    assert offer_of_paths([str(tmp_path / "mine")]).kind == "model"
    assert offer_of_paths(["/somewhere/model.onnx"]).kind == "model"


def test_addresses_and_pictures_are_refused_and_text_is_read():
    address, text, nothing = QMimeData(), QMimeData(), QMimeData()
    address.setUrls([QUrl("https://example.org/a.mgf")])
    text.setText("100.0 1\n")
    assert offer_of(address).kind == "refused"
    assert offer_of(text).kind == "text"
    assert offer_of(nothing).kind == "refused"


def test_the_overlay_covers_the_window(qtbot):
    from PySide6.QtWidgets import QWidget

    window = QWidget()
    qtbot.addWidget(window)
    window.resize(400, 300)
    overlay = DropOverlay(LIGHT, window)
    window.show()
    overlay.show_offer(offer_of_paths(["/a/b.raw"]), LIGHT)
    assert overlay.size() == window.size()
    assert not overlay.grab().toImage().isNull()


def test_a_project_is_opened_and_the_drop_says_what_that_means(tmp_path):
    path = tmp_path / "work.msgui"
    path.write_bytes(b"")
    offer = offer_of_paths([str(path)])
    assert offer.kind == "project"
    assert offer.title == "Open the project work.msgui"
    assert "unsaved work is asked about" in offer.sentence
