"""Creating a task from what a coordinator wants: options, a plan, and carrying it out."""
