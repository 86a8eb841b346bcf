"""StreamCamera: a network camera's stream (RTSP, HTTP) or a V4L2 device (USB), read by PyAV."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

from edge.camera.camera import RIGHT_ORDER, LostFrame, Shot
from edge.camera.decoder import Decoder, reason_of, upright_rgb
from edge.camera.pace import SLACK_S
from edge.camera.stream_clock import StreamClock
from edge.contract.errors import CameraError
from edge.inference.prediction import Frame

SCHEMES = ("rtsp", "rtsps", "http", "https")
# What a stream may be made of; a playlist could else name a file of ours.
PROTOCOLS = "rtsp,rtsps,rtp,srtp,udp,tcp,tls,http,https,httpproxy,crypto"
# Formats whose pictures carry no time: FFmpeg counts 25 a second, whatever comes.
TIMELESS = frozenset({"mpjpeg", "mjpeg", "h264", "hevc", "m4v", "image2pipe"})
# A picture so old is none of what is there now. It happens when pictures come faster than
# this machine decodes them.
MOST_LATE_SECONDS = 5.0
MOST_DAMAGED = 100


@dataclass(frozen=True)
class StreamSource:
    """What to open, and how. `url` may hold a password and is shown nowhere.

    `kind` is "v4l2" for a device, None for FFmpeg to find out.
    """

    url: str = field(repr=False)
    name: str
    kind: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    timeout_s: float = 10.0

    @classmethod
    def network(cls, url: str, transport: str = "tcp", timeout_s: float = 10.0) -> "StreamSource":
        """Return the source of an address: little is buffered, and silence is not waited out."""
        options = [
            ("protocol_whitelist", PROTOCOLS),
            # Not "nobuffer": it throws away what was read to find out what is in it, and with
            # it the key frame that all pictures of the next seconds need.
            ("fflags", "discardcorrupt"),
            # How long is read to find out what is in it, in microseconds.
            ("analyzeduration", "500000"),
            # The newest segment of an HLS playlist.
            ("live_start_index", "-1"),
        ]
        if url.startswith("rtsp"):
            options += [("rtsp_transport", transport), ("max_delay", "500000")]
            options.append(("timeout", str(round(timeout_s * 1e6))))
        return cls(url, public_name(url), None, tuple(options), timeout_s)

    @classmethod
    def device(
        cls, path: str, width: int, height: int, fps: float | None, timeout_s: float = 10.0
    ) -> "StreamSource":
        """Return the source of a V4L2 device; it gives the nearest size that it has."""
        options = [("video_size", f"{width}x{height}")]
        if fps is not None:
            options.append(("framerate", f"{fps:g}"))
        return cls(path, path, "v4l2", tuple(options), timeout_s)


class StreamCamera:
    """Gives a stream's pictures as they come, at most `max_fps` a second.

    It blocks while none comes: `NewestFrame` reads it. Opening takes up to the source's
    `timeout_s`, and so does every read. `time_s` is when a picture was taken as far as the
    stream tells (`StreamClock`), on `clock`.

    Raises:
        MissingPackage: PyAV is not installed.
        CameraError: nobody answers, or what answers gives no pictures.
    """

    live = True
    colours = RIGHT_ORDER
    dropped = 0

    def __init__(
        self,
        source: StreamSource,
        max_fps: float | None = None,
        clock: Callable[[], float] = monotonic,
        wait: Callable[[float], object] = sleep,
    ) -> None:
        self.name = source.name
        self.fps = 0.0
        self._every_s = 0.0 if max_fps is None else 1 / max_fps
        self._clock = clock
        self._wait = wait
        self._decoder = Decoder()
        self._container = self._open(source)
        if not self._container.streams.video:
            self.close()
            raise CameraError(f"{self.name} gives no pictures", expected="a video stream")
        self._decoder.hurry(self._container.streams.video[0])

    def frames(self) -> Iterator[Shot]:
        """Give each picture as RGB; a stream that ends, ends.

        Raises:
            CameraError: the stream broke off, was silent too long, or comes too late.
        """
        stamps, pace = StreamClock(), _Pace(self._clock, self._wait)
        in_bursts = "hls" in self._container.format.name
        number, due_s = 0, float("-inf")
        for picture, came_s in self._pictures():
            if picture is None:
                yield LostFrame(came_s, number, f"{self.name} sent a damaged picture")
                continue
            stamp_s = self._stamp(picture)
            taken_s = (pace if in_bursts else stamps).taken(stamp_s, came_s)
            self._refuse_late(came_s - taken_s)
            if taken_s < due_s - SLACK_S:
                continue
            due_s = (due_s if taken_s - due_s < self._every_s else taken_s) + self._every_s
            yield Frame(upright_rgb(picture), taken_s, number)
            number += 1

    def restart(self, reason: str) -> None:
        """Do nothing: `ReopeningCamera` makes a new one instead."""

    def close(self) -> None:
        """Hang up."""
        self._container.close()

    def _open(self, source: StreamSource) -> Any:
        try:
            return self._decoder.open(
                source.url,
                kind=source.kind,
                options=dict(source.options),
                timeout_s=(source.timeout_s, source.timeout_s),
            )
        except self._decoder.failures as error:
            # Without its cause: FFmpeg's message holds the whole address.
            raise CameraError(
                f"{self.name} cannot be opened: {reason_of(error)}",
                next_step="try `emberwatch-edge camera`; is it on, plugged in, and its address, "
                "name and password right?",
            ) from None

    def _pictures(self) -> Iterator[tuple[Any | None, float]]:
        """Give each decoded picture and when its data came; None for one that is damaged."""
        damaged = 0
        try:
            for packet in self._container.demux(video=0):
                came_s = self._clock()
                try:
                    pictures = packet.decode()
                except ValueError:  # FFmpeg's "invalid data"; the next key frame mends it
                    damaged += 1
                    if damaged > MOST_DAMAGED:
                        raise
                    yield None, came_s
                    continue
                for picture in pictures:
                    damaged = 0
                    yield picture, came_s
        except self._decoder.failures as error:
            raise CameraError(f"{self.name} broke off: {reason_of(error)}") from None

    def _stamp(self, picture: Any) -> float | None:
        if self._container.format.name in TIMELESS or picture.time is None:
            return None
        return float(picture.time)

    def _refuse_late(self, late_s: float) -> None:
        if late_s > MOST_LATE_SECONDS:
            raise CameraError(
                f"the pictures of {self.name} come too late",
                found=f"{late_s:.1f} s",
                expected=f"at most {MOST_LATE_SECONDS:g} s",
                next_step="give the camera's smaller stream, or fewer pictures a second",
            )


class _Pace:
    """Spreads pictures that come in bursts (HLS segments) over the time that they were taken in."""

    def __init__(self, clock: Callable[[], float], wait: Callable[[float], object]) -> None:
        self._clock = clock
        self._wait = wait
        self._way_s: float | None = None

    def taken(self, stamp_s: float | None, came_s: float) -> float:
        """Wait until a picture is due, and return when that is."""
        if stamp_s is None:
            return came_s
        now = self._clock()
        if self._way_s is None or not -MOST_LATE_SECONDS < now - stamp_s - self._way_s < 2.0:
            self._way_s = now - stamp_s
        due_s = stamp_s + self._way_s
        if due_s > now:
            self._wait(due_s - now)
        return due_s


def public_name(url: str) -> str:
    """Return an address without whatever could be a secret in it: scheme, host and port."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    host = parts.hostname or "?"
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"
