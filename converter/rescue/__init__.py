"""Quantised accuracy brought back: recipes searched by what they do on validation pictures."""
