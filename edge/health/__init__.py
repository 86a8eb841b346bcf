"""Says from frames alone whether the camera can see."""
