"""silence_seconds: how long an eye may say nothing."""

from edge.config.config import Config

# A live camera says each 2 s that nothing came, however small `blind_after_seconds` is: an
# eye that says that much is not silent.
LEAST_SECONDS = 3.0
# Played as fast as it goes, a recording may be looked at by a slow machine.
FAST_SECONDS = 60.0
# A lost frame is told when 2.5 of them should have come.
FRAMES = 2.5


def silence_seconds(config: Config, fast: bool) -> float:
    """Return it for a camera, however few frames a second are wanted of it."""
    if fast:
        return FAST_SECONDS
    camera = config.camera
    rates = [rate for rate in (camera.fps, camera.max_fps) if rate]
    if camera.night_exposure_ms:
        rates.append(1e3 / camera.night_exposure_ms)
    slowest = min([config.board.hot_fps, *rates])
    return max(config.health.blind_after_seconds, LEAST_SECONDS, FRAMES / slowest + 1)
