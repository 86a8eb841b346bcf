"""PictureRing: the last pictures, in memory alone, until they are needed or forgotten."""

from collections import deque

from edge.store.picture import Picture


class PictureRing:
    """Remembers pictures for so many seconds and bytes."""

    def __init__(self, seconds: float, most_bytes: int) -> None:
        self.seconds = seconds
        self.most_bytes = most_bytes
        self._held: deque[Picture] = deque()
        self._bytes = 0

    @property
    def size_bytes(self) -> int:
        """Return how much the pictures take."""
        return self._bytes

    def add(self, picture: Picture) -> bool:
        """Take a picture in and forget what is too old or too much; say whether any is left."""
        self._held.append(picture)
        self._bytes += len(picture.jpeg)
        while self._held and self._is_past(picture.now_s):
            self._bytes -= len(self._held.popleft().jpeg)
        return bool(self._held)

    def since(self, now_s: float) -> list[Picture]:
        """Return the pictures taken at `now_s` or later, the oldest first."""
        return [picture for picture in self._held if picture.now_s >= now_s]

    def _is_past(self, now_s: float) -> bool:
        return now_s - self._held[0].now_s > self.seconds or self._bytes > self.most_bytes
