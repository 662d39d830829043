"""What leaves msgui: tables, figures, reports, annotated spectra."""
