"""Decides about alarms and drives the pins."""
