"""What the processes of the watch say to one another, and how it travels."""
