"""Is it better than the baseline: splits, scores, tables."""
