"""Pieces of user interface that know nothing of spectra files or methods."""
