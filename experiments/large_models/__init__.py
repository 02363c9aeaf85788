"""The parts of `experiments.benchmark_large_models`."""
