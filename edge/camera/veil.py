"""Veil: what stands before another camera and passes on all that it does not change."""

from edge.camera.camera import Camera


class Veil:
    """Speaks for the camera behind it; who inherits gives the frames."""

    def __init__(self, camera: Camera) -> None:
        self._camera = camera

    @property
    def name(self) -> str:
        """Return which camera it is, for a person."""
        return self._camera.name

    @property
    def live(self) -> bool:
        """Say whether frames are lost if nobody takes them."""
        return self._camera.live

    @property
    def fps(self) -> float:
        """Return the frames a second that were asked for, 0 if none were."""
        return self._camera.fps

    @property
    def colours(self) -> str:
        """Return the order of colours in each pixel."""
        return self._camera.colours

    @property
    def dropped(self) -> int:
        """Return how many frames came too late to be looked at."""
        return self._camera.dropped

    def restart(self, reason: str) -> None:
        """Pass it on."""
        self._camera.restart(reason)

    def close(self) -> None:
        """Close the camera behind."""
        self._camera.close()
