"""The contracts' own limits. Source: contracts/libraries/ConfigCodec.sol and Juries.sol."""

UPDATES_LIMIT = 100_000
"""Most updates that clients may submit themselves in a round."""
ENTRIES_LIMIT = 120_000
"""Most updates that a round may hold, those in batches included."""
NOTICE_MIN, NOTICE_MAX = 86_400, 90 * 86_400
"""Shortest and longest notice of a jury, in seconds."""
GRACE_FACTOR = 4
"""How many times the time for files the grace is at least."""
SECONDS_LIMIT = 2**32 - 1
"""The longest time that a config holds."""
JURORS_LIMIT = 128
"""Most jurors of a jury."""
