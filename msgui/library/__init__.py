"""Reference spectra: what has been measured before."""
