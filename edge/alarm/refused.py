"""Refused: what a person asked for cannot be done as things stand."""

from edge.contract.errors import InputError


class Refused(InputError):
    """The watch says no, and why: a reset while the fire still burns, a test in an alarm."""
