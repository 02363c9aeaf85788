"""`fedjury check`: what each role needs before it starts, looked at without changing a chain."""
