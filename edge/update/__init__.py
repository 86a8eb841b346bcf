"""Proves a model on the device before it counts."""
