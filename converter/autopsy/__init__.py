"""Where a quantised model's loss comes from: its stages run apart, and its layers' noise."""
