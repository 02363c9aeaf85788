"""Whether chain, store and account let a daemon do its work, and whether it is in time."""
