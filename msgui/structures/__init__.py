"""The candidates: stores of molecular structures."""
