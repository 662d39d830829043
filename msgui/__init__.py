"""msgui: a workbench for MS/MS spectra that says what it knows and how well it knows it."""

__version__ = "0.1.0"
