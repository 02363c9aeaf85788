"""One chain through several nodes: which of them to ask, which to leave, which to disbelieve."""
