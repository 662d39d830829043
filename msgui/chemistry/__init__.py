"""What may exist: formulas, adducts, molecules."""
