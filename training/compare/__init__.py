"""Comparison of training runs: accuracy, size and latency side by side."""
