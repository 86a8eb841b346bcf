"""Runs TFLite classifiers: interpreter, classifier, prediction."""
