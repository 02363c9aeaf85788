"""What may happen to a federation; each scenario disturbs it and says what it saw."""
