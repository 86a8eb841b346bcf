"""What quantising cost: the float model and each recipe on the same pictures."""
