"""Pictures the moments of a recording that matter, on one sheet."""
