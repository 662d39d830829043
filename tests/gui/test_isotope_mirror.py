"""The isotope pattern beside the formulas: measured above computed, both told when hovered."""

from dataclasses import replace

import numpy as np
import pytest
from caffeine import caffeine_annotation, caffeine_spectrum

from msgui.gui.formula_words import isotope_tip, isotopes_of, source_words
from msgui.gui.formulas_page import FormulasPage
from msgui.gui.session import Session
from msgui.spectra.spectrum import Spectrum
from msgui.tools import Settings

pytestmark = pytest.mark.gui

MS1 = Spectrum(np.array([195.0877, 196.0904, 197.0930]), np.array([1e6, 9.4e4, 8e3]), ms_level=1)


def session_with(**changes) -> Session:
    session = Session()
    session.set_settings(Settings())
    session.set_current(session.add([caffeine_spectrum()])[0].uid)
    session.set_annotation(session.current, caffeine_annotation(**changes))
    return session


@pytest.fixture
def page(qtbot) -> FormulasPage:
    session = session_with(ms1=MS1, ms1_note="scan 7, 0.2 s before.")
    page = FormulasPage(session)
    qtbot.addWidget(page)
    page.resize(420, 320)
    page.show()
    page.show_annotation()
    return page


def test_the_pattern_of_the_formula_in_use_is_shown(page):
    found = page.isotopes.pattern()
    assert found.score > 0.9
    assert page.isotopes.isVisible()
    up, down = page.isotopes.bars(0)
    assert up.height() == pytest.approx(down.height(), rel=0.05)
    assert up.bottom() == down.top()
    assert len(page.isotopes.shown()) >= 3
    page.grab()


def test_hovering_says_measured_computed_and_both_errors(page):
    tip = page._isotope_tip(1)
    assert "Computed 196.0" in tip
    assert "Measured 196.0904" in tip
    assert "ppm from the main peak" in tip
    assert "scan 7" in tip


def test_what_was_not_measured_is_said_to_be_so(page):
    found = isotopes_of(page._session, "C8H10N4O2")
    lost = replace(found, measured_mz=np.where(found.mz > 196.5, np.nan, found.measured_mz))
    assert isotope_tip(lost, 2).endswith("not measured")


def test_without_a_scan_there_is_no_picture(qtbot):
    session = session_with(ms1_note="no MS1 scan")
    page = FormulasPage(session)
    qtbot.addWidget(page)
    page.show()
    page.show_annotation()
    assert isotopes_of(session, "C8H10N4O2") is None
    assert not page.isotopes.isVisible()
    assert page.isotope_note.text() == "no MS1 scan"


def test_the_chance_that_none_is_right_is_said(qtbot):
    assert "None of these: 12 %." in source_words(session_with(none_probability=0.12))[0]
