"""The jury's program: verify updates, aggregate, finalize rounds, audit."""
