"""From a model bundle to cameras."""
