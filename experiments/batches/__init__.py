"""The parts of `experiments.measure_batches`."""
