"""The guess: fingerprints from a model, nearest neighbours, and the ranking they give."""
