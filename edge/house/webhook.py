"""WebhookPost: the thread that delivers a channel's letters to a webhook."""

from collections.abc import Callable
from time import monotonic, time

from edge.house.backoff import Backoff
from edge.house.channel import Channel
from edge.house.device import Device
from edge.house.http_post import HttpPost, PostError, sign
from edge.house.message import news_message
from edge.house.outage import Outage
from edge.house.outbox import Letter

Tell = Callable[[str], object]


class WebhookPost:
    """Delivers one letter after the other, again and again until each is taken.

    Where nobody answers, the order is kept. A letter that the receiver refuses (4xx, or a
    redirect) goes behind the others, so that it keeps none of them. `tell` hears when the
    receiver goes and comes back; `secret` signs.
    """

    def __init__(
        self,
        channel: Channel,
        post: HttpPost,
        secret: str | None,
        device: Device,
        backoff: Backoff,
        tell: Tell,
    ) -> None:
        self._channel = channel
        self._post = post
        self._device = device
        self._secret = secret
        self._backoff = backoff
        self._outage = Outage("webhook", post.where, tell)

    def run(self) -> None:
        """Deliver until the channel is closed."""
        while not self._channel.closing:
            letters = self._channel.next()
            if not letters:
                self._channel.wait(1.0)
                continue
            if not self._deliver(letters[0]):
                self._channel.wait(self._backoff.next_wait(), even_if_waiting=True)

    def _deliver(self, letter: Letter) -> bool:
        body = news_message(letter, self._device, monotonic())
        try:
            self._post.send(body, headers_of(body, self._secret, time()))
        except PostError as error:
            self._channel.failed(error.line())
            if error.refused:
                self._channel.later(letter.number)
            self._outage.failed(error.line())
            return False
        self._channel.done(letter.number)
        self._channel.reached()
        self._backoff.worked()
        self._outage.worked()
        return True


def headers_of(body: bytes, secret: str | None, now: float) -> dict[str, str]:
    """Return a message's headers, signed at the wall clock's `now` in seconds, if by anybody."""
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "emberwatch",
        "Connection": "close",
    }
    if secret is not None:
        timestamp = str(int(now))
        headers["X-Emberwatch-Timestamp"] = timestamp
        headers["X-Emberwatch-Signature"] = f"sha256={sign(secret, timestamp, body)}"
    return headers
