"""Preview: now and then a small JPEG of a frame."""

import io

from edge.config.eye import EyeSettings
from edge.contract.picture import Rgb

# Frames come on a grid of their own, rounded to a time base: this much too early is due.
SLACK_S = 0.01


class Preview:
    """Makes pictures at most so often; the frames between cost nothing."""

    def __init__(self, settings: EyeSettings) -> None:
        self._settings = settings
        self._due_s: float | None = None

    def jpeg(self, rgb: Rgb, time_s: float) -> bytes:
        """Return a JPEG of a frame, uint8 [height, width, 3]; nothing if none is due yet.

        It is scaled down by a whole number: that costs a millisecond where a filter costs ten.
        """
        fps = self._settings.evidence_fps
        if not fps:
            return b""
        gap_s = 1 / fps
        # A time long before what is due: the recording was begun anew.
        if self._due_s is not None and SLACK_S < self._due_s - time_s <= gap_s:
            return b""
        self._due_s = time_s + gap_s

        from PIL import Image

        factor = max(1, rgb.shape[1] // self._settings.evidence_width)
        image = Image.fromarray(rgb)
        if factor > 1:
            image = image.reduce(factor)
        buffer = io.BytesIO()
        image.save(buffer, "jpeg", quality=self._settings.evidence_quality)
        return buffer.getvalue()
