"""What long-running programs need: events, the daemon's loop, keys, plugins, whole files."""
