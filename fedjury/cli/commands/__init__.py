"""The commands, a file each: options and help; what they run is imported when they run."""
