"""One live federation beside plain averaging of the same updates."""
