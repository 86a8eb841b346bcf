"""Thinning: hours of quiet left out of footage, where they cannot change any decision."""

import math
from collections.abc import Sequence
from dataclasses import replace

from edge.alarm.rules import AlarmRules
from edge.config.config import Config
from edge.contract.labels import Labels
from edge.replay.recording import Recording

# What is left of the past in an average by then is nothing to any threshold.
FORGOTTEN = 1e-6


def may_thin(config: Config) -> bool:
    """Say whether frames may be left out: not where zones or tiles have votes of their own."""
    return not config.zones and not config.sweep.on


def thinned(recording: Recording, rules: Sequence[AlarmRules], labels: Labels) -> Recording:
    """Return a recording without the quiet frames that are far from any other.

    A frame is quiet if its hazard is below every `clear_at` of `rules`. After enough of them
    every vote is empty and every average as low as they are, so that more of them change
    nothing: `margin` before and after each frame that is not quiet stay. Lost frames stay.
    """
    quiet_below = min(one.clear_at for one in rules)
    hazard_at = rules[0].indexes(labels)
    wide = margin(rules)
    reports = recording.reports
    keep = bytearray(len(reports))
    reach = 0
    for at, report in enumerate(reports):
        scores = report.scores
        if scores is None or not sum(scores[i] for i in hazard_at) < quiet_below:
            first = max(reach, at - wide)
            reach = max(reach, min(len(reports), at + wide + 1))
            keep[first:reach] = b"\1" * (reach - first)
    kept = tuple(report for report, stays in zip(reports, keep, strict=True) if stays)
    return replace(recording, reports=kept)


def margin(rules: Sequence[AlarmRules]) -> int:
    """Return how many quiet frames make every vote and every average forget."""
    windows = max(one.n for one in rules)
    slowest = max(one.smoothing for one in rules)
    fading = math.ceil(math.log(FORGOTTEN) / math.log(slowest)) if slowest else 0
    return 2 * windows + fading
