"""What the verification set says of weights: right answers and losses."""
