"""The gauntlet: what nuisances that fool fire detectors do to a model's alarms."""
