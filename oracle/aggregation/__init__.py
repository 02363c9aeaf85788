"""From updates to weights, bit for bit the same on every machine."""
