"""kinds: which keys go with which kind of camera, and in what ranges."""

from collections.abc import Set
from typing import Any
from urllib.parse import urlsplit

from edge.camera.stream import SCHEMES
from edge.contract.errors import ConfigError

MOST_FPS = 240.0
EVERY = frozenset({"kind", "max_fps"})
LIVE = EVERY | {"timeout_seconds", "turn"}
KEYS: dict[str, frozenset[str]] = {
    "picamera": LIVE
    | {"device", "width", "height", "fps", "focus", "focus_metres", "exposure_ms", "gain"}
    | {"white_balance", "night_exposure_ms", "scaler"},
    "v4l2": LIVE | {"device", "width", "height", "fps"},
    "stream": LIVE | {"url", "transport"},
    "clip": EVERY | {"path", "pace"},
    "folder": EVERY | {"path", "pace", "fps"},
}
NEEDED = {"stream": "url", "clip": "path", "folder": "path"}
# From the least to the most; None is allowed where a key has no default.
RANGES: dict[str, tuple[float, float]] = {
    "width": (64, 4608),
    "height": (64, 2592),
    "fps": (0.01, MOST_FPS),
    "max_fps": (0.01, MOST_FPS),
    "timeout_seconds": (1.0, 300.0),
    "focus_metres": (0.02, 1000.0),
    "exposure_ms": (0.01, 10_000.0),
    "night_exposure_ms": (1.0, 10_000.0),
    "gain": (1.0, 64.0),
}


def check_keys(kind: str, given: Set[str]) -> None:
    """Refuse keys that do not go with a kind of camera, and the lack of one that it needs.

    Raises:
        ConfigError: see above.
    """
    for key in sorted(given - KEYS[kind]):
        kinds = " or ".join(f'"{name}"' for name, keys in KEYS.items() if key in keys)
        raise ConfigError(
            f'{key} is not for kind = "{kind}"',
            expected=f"{key} with kind = {kinds}",
            next_step=f"remove {key}, or set the kind of camera that you have",
        )
    needed = NEEDED.get(kind)
    if needed is not None and needed not in given:
        raise ConfigError(f'kind = "{kind}" needs {needed}')


def check_ranges(settings: Any) -> None:
    """Refuse figures that are out of range.

    Raises:
        ConfigError: the first that is.
    """
    for key, (least, most) in RANGES.items():
        value = getattr(settings, key)
        if value is not None and not least <= value <= most:
            raise ConfigError(
                f"{key} is out of range", found=value, expected=f"{least:g} to {most:g}"
            )
    if settings.width % 2 or settings.height % 2:
        raise ConfigError(
            "width and height are even numbers", found=f"{settings.width} x {settings.height}"
        )


def check_device(kind: str, device: str) -> None:
    """Refuse a device that no camera of a kind has.

    Raises:
        ConfigError: see above.
    """
    if kind == "picamera" and not device.isdecimal():
        raise ConfigError(
            "device is no Raspberry Pi camera's number",
            found=device,
            expected='"0" for the first one, or kind = "v4l2" for a file in /dev',
        )
    if kind == "v4l2" and not device.startswith("/dev/"):
        raise ConfigError("device is no file in /dev", found=device, expected="/dev/video0")


def check_url(url: str) -> None:
    """Refuse an address that no camera has; the message does not hold it.

    Raises:
        ConfigError: another scheme than those of cameras, or no host.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in SCHEMES and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError(
            "url is not a camera's address",
            expected=" or ".join(f"{scheme}://HOST/..." for scheme in SCHEMES),
        )
