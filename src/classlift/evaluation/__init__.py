"""Evaluated results: the nouns, their figures and intervals."""
