"""Which piece of which molecule is which peak."""
