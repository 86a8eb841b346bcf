"""Video file: writes frames as an MP4 with PyAV."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import av

from edge.contract.atomic import atomic_path
from edge.contract.errors import MachineError
from training.scenes.arrays import Pixels, Size

# Tried in this order; the second is in every build of FFmpeg. With its macroblock tree, x264
# encoded the same frames to other bytes from one call to the next (4 results in 14 calls).
_CODECS: tuple[tuple[str, dict[str, str]], ...] = (
    (
        "libx264",
        {"preset": "veryfast", "crf": "25", "threads": "1", "x264-params": "mbtree=0"},
    ),
    ("mpeg4", {"qscale": "4", "flags": "+qscale", "global_quality": "472"}),
)


def write_video(path: Path, frames: Iterable[Pixels], fps: int, size: Size) -> None:
    """Write an H.264 (else MPEG-4) video in yuv420p, atomically.

    Args:
        path: the file to write, `.mp4`.
        frames: uint8 [height, width, 3] each, RGB.
        fps: frames in a second.
        size: width and height in pixels, both even.

    Raises:
        MachineError: FFmpeg has no encoder for either codec, or fails.
        StorageError: the folder cannot be written or the disk is full.
    """
    name, options = _codec()
    with atomic_path(path) as temporary:
        try:
            with av.open(str(temporary), "w") as container:
                stream = container.add_stream(name, rate=fps, options=options)
                stream.width, stream.height = size
                stream.pix_fmt = "yuv420p"
                for frame in frames:
                    picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
                    container.mux(stream.encode(picture))
                container.mux(stream.encode())
        except av.error.FFmpegError as error:
            raise MachineError(f"the video {path} cannot be encoded: {error}") from error


def _codec() -> tuple[str, dict[str, str]]:
    for name, options in _CODECS:
        if name in av.codecs_available:
            return name, options
    raise MachineError(
        "PyAV has no encoder for videos",
        expected=" or ".join(name for name, _ in _CODECS),
        next_step="pip install --force-reinstall av",
    )
