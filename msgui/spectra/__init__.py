"""What was measured: spectra, and the files they come from."""
