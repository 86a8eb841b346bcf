"""Small clips, written by a real encoder."""

from collections.abc import Iterable
from pathlib import Path

import av
import numpy as np

from tests.fakes.tiny_bundle import FIRE, MISC, plain

TKHD_MATRIX_AT = 40
TURN_CLOCKWISE = (0, 1 << 16, 0, -(1 << 16), 0, 0, 0, 0, 1 << 30)


def write_clip(path: Path, frames: Iterable[np.ndarray], fps: int = 10) -> Path:
    """Write frames, uint8 [height, width, 3], as MPEG-4."""
    with av.open(str(path), "w") as container:
        stream = None
        for rgb in frames:
            if stream is None:
                stream = container.add_stream("mpeg4", rate=fps)
                stream.height, stream.width = rgb.shape[:2]
                stream.pix_fmt = "yuv420p"
                stream.bit_rate = 2_000_000
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def fire_clip(path: Path, onset_s: float = 2.0, seconds: float = 4.0, fps: int = 10) -> Path:
    """Write a clip that is dark green and turns red at `onset_s`."""
    times = [number / fps for number in range(round(seconds * fps))]
    return write_clip(path, [plain(FIRE if t >= onset_s else MISC) for t in times], fps)


def turn_clockwise(path: Path) -> None:
    """Say in an MP4 file's track header that its picture lies: to be turned clockwise.

    The matrix and its place: ISO/IEC 14496-12, 8.3.2.
    """
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + TKHD_MATRIX_AT
    data[at : at + 36] = b"".join(n.to_bytes(4, "big", signed=True) for n in TURN_CLOCKWISE)
    path.write_bytes(data)
