"""The clients: train on private data, submit updates, report verdicts; and their adversaries."""
