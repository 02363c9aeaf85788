"""A scenario on a chain and a store, with the programs that clients and jurors run."""
