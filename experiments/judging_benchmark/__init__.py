"""The parts of `experiments.benchmark_judging`."""
