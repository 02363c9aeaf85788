"""Verification rules; `registry` knows them by name."""
