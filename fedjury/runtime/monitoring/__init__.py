"""What a daemon shows of itself: figures for Prometheus, and whether it is well."""
