"""What the equality tests evaluate, under which switches, and what they compare."""
