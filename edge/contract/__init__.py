"""The agreement between workstation and camera: what both must read the same way."""
