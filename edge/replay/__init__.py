"""The time machine: recordings through the shipped decision code, at many times real speed."""
