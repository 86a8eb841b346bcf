"""The camera's side of Emberwatch: frames -> predictions -> alarm -> pins. No TensorFlow."""

__version__ = "0.1.0"
