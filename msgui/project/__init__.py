"""The chemist's work as one file: spectra, annotations, decisions, and how results were made."""
