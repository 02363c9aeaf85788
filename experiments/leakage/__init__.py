"""What an attacker learns of the jury's secret samples from what a task publishes."""
