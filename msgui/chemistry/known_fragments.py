"""Neutral losses that chemists know by heart."""

from typing import Final

from msgui.chemistry.formula import Formula

_LOSSES = """
H2 CH3 CH4 NH3 H2O OH C2H2 C2H4 CHN CO N2 CH2N C2H5 CH3N CH2O NO CH5N CH4O HO2 H2S HF Cl HCl C3H4
C2H3N C3H6 C2H2O CHNO C2H4O C2H7N CO2 CH3NO C2H5N C3H8 C2H6O CH2O2 H4O2 NO2 HNO2 C4H8 C3H5N C3H4O
C2H3NO C3H6O C3H9N C2H5NO C2H4O2 CH4N2O C3H8O SO2 SO H3PO4 HPO3 SO3 H2SO3 C4H6 C5H8 C4H8O C4H10O
C3H4O2 C4H11N C3H6O2 C6H6 C4H4O2 C2H4N2 C6H10O5 C6H12O6 C6H8O6 C5H8O4 C6H10O4 HBr HI Br I CF2
C2H2O3 C3H4O3 C7H8 C7H6O C6H6O C8H8 CH4S CHNS C2H6S
"""

# Small molecules and radicals, sugars and acids as they leave from precursors: the losses that
# textbooks tabulate (McLafferty and Turecek, Interpretation of Mass Spectra, appendix 5; Levsen et
# al., J. Mass Spectrom. 42, 1024, 2007).
KNOWN_LOSSES: Final[tuple[Formula, ...]] = tuple(Formula.parse(text) for text in _LOSSES.split())
