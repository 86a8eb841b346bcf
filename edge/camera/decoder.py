"""Decoder: PyAV, which reads clips, streams and V4L2 devices; no other file names it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from edge.contract.errors import MissingPackage
from edge.contract.picture import Rgb


class Decoder:
    """Opens containers of pictures.

    `failures` are the exceptions that opening and reading may end in.

    Raises:
        MissingPackage: PyAV is not installed.
    """

    def __init__(self) -> None:
        try:
            import av
        except ImportError as error:
            raise MissingPackage(
                "clips and streams are read with PyAV, which is not usable here",
                found=error,
                next_step="pip install 'emberwatch-edge[clips]'",
            ) from error
        self._av = av
        self.failures: tuple[type[Exception], ...] = (av.error.FFmpegError, OSError, ValueError)

    def open(
        self,
        target: str,
        *,
        kind: str | None = None,
        options: Mapping[str, str] | None = None,
        timeout_s: tuple[float, float] | None = None,
    ) -> Any:
        """Open a file, an address or a device; `timeout_s` is for opening and for each read.

        Raises:
            Exception: one of `failures`.
        """
        return self._av.open(target, format=kind, options=dict(options or {}), timeout=timeout_s)

    def hurry(self, stream: Any) -> None:
        """Have a live stream's decoder hold no picture back.

        Threads that decode one picture each would make every picture wait for its successors;
        those that share one picture do not.
        """
        stream.codec_context.thread_type = "SLICE"
        stream.codec_context.flags |= self._av.codec.context.Flags.low_delay


def reason_of(error: Exception) -> str:
    """Return what failed, without the address behind it, which may hold a password."""
    if type(error).__name__ == "ExitError":  # what PyAV's time limit makes of a call
        return "it was silent for too long"
    return str(getattr(error, "strerror", None) or type(error).__name__)


def upright_rgb(picture: Any) -> Rgb:
    """Return a decoded picture as uint8 RGB [height, width, 3], upright."""
    rgb: Rgb = picture.to_ndarray(format="rgb24")
    # A phone held sideways writes lying pictures and a turn, in degrees counterclockwise.
    quarter_turns = round(picture.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(rgb, quarter_turns)) if quarter_turns else rgb
