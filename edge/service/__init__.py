"""The watch: camera, classifier, alarm and pins in one loop."""
