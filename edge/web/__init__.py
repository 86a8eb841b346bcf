"""The web page on the camera."""
