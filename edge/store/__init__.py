"""Keeps what happened, on disk."""
