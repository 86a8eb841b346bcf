"""A stand-in for Raspberry Pi's picamera2, on machines that have no camera.

Put `tests/fakes/pi` on PYTHONPATH. It answers to the calls that the real one answers to
(picamera2 0.3.31), with the real one's memory order, which is the reverse of its formats' names:
"RGB888" is B, G, R and "BGR888" R, G, B; YUV420 planes one above the other with padded lines.
As the real one it hands out `buffer_count` requests and gives no more until some are released,
opens a camera once, and refuses what a Pi 4 (VC4) cannot do.

What it sees and how it fails is said by the JSON file that the environment's FAKE_PICAMERA
names, read anew for each picture:

    {"cameras": 1, "platform": "PISP", "autofocus": true, "scene": [220, 60, 20] or "file.png",
     "dark": false, "noise": 2,
     "fails": null, "silent", "hung", "broken", "killed", "gone" or "busy"}

silent: no picture comes; hung: nor does the driver ever return; broken: reading raises; killed: it
ends the thread that reads, as nothing catches.
"""

import itertools
import json
import os
import threading
import time
from contextlib import suppress
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import numpy as np
from PIL import Image

__all__ = ["Picamera2"]

NOISES = 8


class Platform(Enum):
    VC4 = 0
    PISP = 1


def _facts() -> dict:
    facts = {"cameras": 1, "platform": "PISP", "autofocus": True, "scene": [30, 90, 40]}
    facts |= {"dark": False, "noise": 2, "fails": None}
    file = os.environ.get("FAKE_PICAMERA")
    if file:
        with suppress(OSError, ValueError):  # it is being written just now
            facts |= json.loads(Path(file).read_text())
    return facts


class _Platform:
    """`Picamera2.platform` is an enumeration's member, found out when the module is loaded."""

    def __get__(self, _instance, _owner) -> Platform:
        return Platform[_facts()["platform"]]


class Picamera2:
    platform = _Platform()
    _open: ClassVar[set[int]] = set()

    @staticmethod
    def global_camera_info() -> list[dict]:
        info = {"Model": "imx708", "Location": 2, "Rotation": 180}
        return [
            info | {"Id": f"/base/i2c@{n}/imx708@1a", "Num": n} for n in range(_facts()["cameras"])
        ]

    def __init__(self, camera_num=0, verbose_console=None, tuning=None):
        if camera_num in self._open or _facts()["fails"] == "busy":
            raise RuntimeError("Camera __init__ sequence did not complete.")
        if camera_num >= _facts()["cameras"]:
            raise IndexError("list index out of range")
        self._open.add(camera_num)
        self.camera_idx = camera_num
        self.camera_config = None
        self.started = False
        self._held = 0
        self._frames = itertools.count()
        self._due_s = 0.0

    @property
    def camera_controls(self) -> dict:
        controls = {
            "FrameDurationLimits": (8333, 220535000, 33333),
            "ExposureTime": (14, 220416802, 20000),
            "AnalogueGain": (1.0, 16.0, 1.0),
            "AwbMode": (0, 7, 0),
            "NoiseReductionMode": (0, 4, 0),
        }
        if _facts()["autofocus"]:
            controls |= {"AfMode": (0, 2, 0), "AfTrigger": (0, 1, 0), "LensPosition": (0, 32, 1)}
        return controls

    def create_video_configuration(
        self,
        main=None,
        lores=None,
        raw=None,
        transform=None,
        colour_space=None,
        buffer_count=6,
        controls=None,
        display="main",
        encode="main",
        queue=True,
    ) -> dict:
        main = {"format": "XBGR8888", "size": (1280, 720)} | (main or {})
        if lores is not None:
            lores = {"format": "YUV420", "size": main["size"]} | lores
        if colour_space is None:
            small = main["size"][0] < 1280 or main["size"][1] < 720
            colour_space = "SMPTE170M" if small else "Rec709"
        return {
            "main": main,
            "lores": lores,
            "raw": raw,
            "colour_space": colour_space,
            "buffer_count": buffer_count,
            "controls": {"FrameDurationLimits": (33333, 33333)} | (controls or {}),
            "queue": queue,
        }

    def configure(self, camera_config: dict) -> None:
        if self.started:
            raise RuntimeError("Camera must be stopped before configuring")
        for name in ("main", "lores"):
            stream = camera_config[name]
            if stream is None:
                continue
            width, height = stream["size"]
            if width % 2 or height % 2:
                raise RuntimeError("width and height should be even")
            if stream["format"] not in FORMATS:
                raise RuntimeError(f"Bad format {stream['format']!r} in stream {name}")
        if camera_config["lores"] is not None:
            if any(map(int.__gt__, camera_config["lores"]["size"], camera_config["main"]["size"])):
                raise RuntimeError("lores stream dimensions may not exceed main stream")
            if self.platform == Platform.VC4 and camera_config["lores"]["format"] != "YUV420":
                raise RuntimeError("lores stream must be YUV")
        for name in camera_config["controls"]:
            if name not in self.camera_controls:
                raise RuntimeError(f"Control {name} is not advertised by libcamera")
        self.camera_config = camera_config

    def camera_configuration(self) -> dict:
        return self.camera_config

    def start(self, config=None, show_preview=False) -> None:
        if self.camera_config is None:
            raise RuntimeError("Camera has not been configured")
        self.started = True
        self._due_s = time.monotonic()

    def capture_request(self, wait=None, signal_function=None, flush=None) -> "CompletedRequest":
        if not self.started:
            raise RuntimeError("Camera is not started")
        limit_s = None if wait is None or wait is True else float(wait)
        started_s = time.monotonic()
        self._due_s = max(self._due_s + self._duration_s(), started_s)
        while True:
            facts = _facts()
            if facts["fails"] == "hung":
                threading.Event().wait()
            if facts["fails"] == "broken":
                raise RuntimeError("Failed to queue request: No such device")
            if facts["fails"] == "killed":
                raise SystemExit
            silent = facts["fails"] in ("silent", "gone")
            silent = silent or self._held >= self.camera_config["buffer_count"]
            if not silent and time.monotonic() >= self._due_s:
                self._held += 1
                return CompletedRequest(self, facts, next(self._frames))
            if limit_s is not None and time.monotonic() - started_s > limit_s:
                raise TimeoutError
            time.sleep(0.002)

    def stop(self) -> None:
        self.started = False

    def close(self) -> None:
        self.stop()
        self._open.discard(self.camera_idx)

    def _duration_s(self) -> float:
        shortest, longest = self.camera_config["controls"]["FrameDurationLimits"]
        return (longest if _facts()["dark"] else shortest) / 1e6


class CompletedRequest:
    def __init__(self, camera: Picamera2, facts: dict, number: int) -> None:
        self._camera = camera
        self._facts = facts
        self._number = number
        self._stamp = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - 20_000_000

    def get_metadata(self) -> dict:
        return {"SensorTimestamp": self._stamp, "ExposureTime": 19999, "Lux": 110.0}

    def make_array(self, name: str) -> np.ndarray:
        config = self._camera.camera_config
        stream = config[name]
        if stream is None:
            raise RuntimeError(f"Stream {name!r} is not defined")
        rgb = _seen(self._facts, stream["size"], self._number)
        if stream["format"] == "YUV420":
            return _yuv420(rgb, config["colour_space"])
        return np.ascontiguousarray(FORMATS[stream["format"]](rgb))

    def release(self) -> None:
        self._camera._held -= 1


def _with_x(rgb: np.ndarray) -> np.ndarray:
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


# In memory: the reverse of the name.
FORMATS = {
    "BGR888": lambda rgb: rgb,
    "RGB888": lambda rgb: rgb[..., ::-1],
    "XBGR8888": _with_x,
    "XRGB8888": lambda rgb: _with_x(rgb[..., ::-1]),
    "YUV420": None,
}


def _seen(facts: dict, size: tuple[int, int], number: int) -> np.ndarray:
    """Return a picture of the scene, with one of a few patterns of noise: drawing is dear."""
    scene = facts["scene"] if isinstance(facts["scene"], str) else tuple(facts["scene"])
    return _drawn(scene, size, facts["noise"], number % NOISES).copy()


@lru_cache(maxsize=2 * NOISES)
def _drawn(scene: str | tuple, size: tuple[int, int], noise: float, number: int) -> np.ndarray:
    if isinstance(scene, str):
        picture = Image.open(scene).convert("RGB").resize(size)
    else:
        picture = Image.new("RGB", size, scene)
    grain = np.random.default_rng(number).normal(0, noise, (size[1], size[0], 1))
    return np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8)


def _yuv420(rgb: np.ndarray, colour_space: str) -> np.ndarray:
    red, blue = (0.2126, 0.0722) if colour_space == "Rec709" else (0.299, 0.114)
    r, g, b = np.moveaxis(rgb.astype(np.float64), -1, 0)
    y = red * r + (1 - red - blue) * g + blue * b
    height, width = y.shape
    stride = -(-width // 64) * 64
    planes = np.zeros((height * 3 // 2, stride), np.uint8)
    planes[:height, :width] = np.round(16 + y * 219 / 255)
    chroma = planes[height:].reshape(2, height // 2, stride // 2)
    for plane, colour, weight in ((chroma[0], b, blue), (chroma[1], r, red)):
        signed = (colour - y) / (2 * (1 - weight)) * 224 / 255
        coarse = signed.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
        plane[:, : width // 2] = np.round(128 + coarse)
    return planes
