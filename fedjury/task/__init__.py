"""A task: opened, created, remembered in a file, and its history from events."""
