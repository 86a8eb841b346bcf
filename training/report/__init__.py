"""The training report: one page that says what a run is worth."""
