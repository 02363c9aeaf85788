"""Federations described by scenarios, run in this process or on a live chain, and measured."""
