"""What jurors say to each other about a round, signed (EIP-712) in the task's domain."""
