"""Transactions that get mined, whatever happens to the first attempt."""
