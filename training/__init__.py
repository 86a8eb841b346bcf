"""From folders of pictures to a trained model (TensorFlow)."""
