"""A relay: takes in clients' signed updates, and posts them in batches."""
