"""What the jurors of a jury ask each other, and what several of them cost beside one."""
