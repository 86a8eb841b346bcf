"""From a trained model to a quantised TFLite model with proof of what quantising cost."""
