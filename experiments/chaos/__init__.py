"""Faults of every kind, drawn by a seed, against a federation of real processes."""
