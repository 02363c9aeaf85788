"""Checks of values that come from outside: JSON, documents, numbers."""
