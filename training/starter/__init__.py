"""The starter backbone: a small trunk shipped for machines without internet."""
