"""Tries everything that the watch needs, and says what to do about what fails."""
