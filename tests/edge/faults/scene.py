"""LiveScene: a network camera before a real-looking scene, with the faults that cameras have."""

import io

import numpy as np
from PIL import Image

from tests.fakes.stream_server import StreamServer
from tests.fakes.tiny_bundle import FIRE, MISC

WIDTH, HEIGHT = 320, 240


class LiveScene(StreamServer):
    """Shows a scene with edges and a sensor's noise; `burning` turns it red.

    `fault` is "" or one of `frozen`, `black`.
    """

    def __init__(self, fps: float = 10.0) -> None:
        rng = np.random.default_rng(3)
        blocks = rng.integers(-28, 29, (HEIGHT // 20, WIDTH // 20, 1))
        self._texture = np.kron(blocks, np.ones((20, 20, 1), np.int64))
        self._rng = rng
        self._last = b""
        self.burning = False
        self.fault = ""
        self._scale = 1
        super().__init__(fps=fps)

    def grow(self) -> None:
        """Show a much larger picture from now on."""
        self._scale = 12

    def jpeg(self) -> bytes:
        """Return the next picture."""
        if self.fault == "frozen" and self._last:
            return self._last
        rgb = np.array(FIRE if self.burning else MISC) + self._texture
        if self.fault == "black":
            rgb = np.zeros_like(rgb)
        noise = self._rng.normal(0, 2.5, rgb.shape)
        buffer = io.BytesIO()
        picture = np.clip(rgb + noise, 0, 255).astype(np.uint8)
        image = Image.fromarray(picture)
        if self._scale > 1:
            image = image.resize((self._scale * WIDTH, self._scale * HEIGHT))
        image.save(buffer, "jpeg", quality=92)
        self._last = buffer.getvalue()
        return self._last
