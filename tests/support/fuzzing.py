"""Settings for tests that try many inputs: the same ones in every run, nothing left on disk."""

from hypothesis import settings

FUZZ = settings(deadline=None, derandomize=True, database=None, max_examples=150)
