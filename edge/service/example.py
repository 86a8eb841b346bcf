"""EXAMPLE: a commented configuration, which is also the reference of all keys."""

EXAMPLE = """\
# Emberwatch on the camera. Relative paths are relative to this file.
# It is no certified fire-detection or life-safety device and never replaces approved detectors.

[model]
bundle = "fire.ember"         # made by `emberwatch package`
threads = 2                   # for the interpreter; a Pi has four cores

[camera]
kind = "clip"                 # "clip": a video file; "folder": pictures, in the order of names
path = "yard.mp4"
pace = "real-time"            # or "fast": every frame, as fast as it goes
# fps = 1.0                   # for a folder: pictures a second
# max_fps = 5.0               # look at no more frames a second than this

[alarm]
hazard = ["fire", "smoke"]    # the scores of these classes are added up
raise_at = 0.6                # a frame counts at this hazard and above
clear_at = 0.4                # and is quiet below this one
k = 3                         # this many ...
n = 5                         # ... of the last so many frames raise the alarm
smoothing = 0.0               # weight of the past in the hazard, 0 (none) to below 1
latch = true                  # the alarm stays until it is reset

[outputs]                     # Broadcom GPIO numbers
siren = 17                    # energised in an alarm
beacon = 27                   # energised in an alarm
trouble = 22                  # energised while all is well; drops on any fault and on stop
active_high = true            # false for relay boards that switch on when pulled low

[store]
events = "events.sqlite"      # the event log
"""
