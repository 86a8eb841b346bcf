"""Lets `python -m edge` stand for `emberwatch-edge`."""

from edge.cli import main

main()
