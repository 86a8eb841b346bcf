"""Whether a camera takes a model, by the model file and by what is known of runtimes."""
