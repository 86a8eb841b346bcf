"""The eye: camera and inference, in a process of its own that may hang or die."""
