"""Should I believe it: checks of a prediction, each with a number and a sentence."""
