"""JSON-RPC: the connection to a node, and reading what it answers."""
