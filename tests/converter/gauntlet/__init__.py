"""Tests of the gauntlet."""
