"""LoginThrottle: makes guessing passwords slow, for one address and for all together."""

from dataclasses import dataclass

# An address has these failures free; each further one doubles its wait.
FREE_FAILURES = 5
FIRST_WAIT_SECONDS = 2.0
LONGEST_WAIT_SECONDS = 900.0
# A quiet address is forgotten after this.
FORGET_SECONDS = 3600.0
# All addresses together have so many failures in the window; then everybody waits.
WINDOW_SECONDS = 60.0
MOST_FAILURES_IN_WINDOW = 30
MOST_ADDRESSES = 1000


@dataclass
class _Address:
    failures: int = 0
    last_s: float = 0.0
    free_at_s: float = 0.0


class LoginThrottle:
    """Counts failed logins; pure, `now` is a monotonic clock in seconds.

    With the waits above, one address has about 100 guesses a day, and all of them together
    43,200: against a password of three words out of a thousand, which is a billion, some
    sixty years.
    """

    def __init__(self) -> None:
        self._addresses: dict[str, _Address] = {}
        self._failures: list[float] = []

    def wait(self, address: str, now: float) -> float:
        """Return how many seconds this address has to wait before its next try; 0 is none."""
        self._failures = [at for at in self._failures if at > now - WINDOW_SECONDS]
        everybody = 0.0
        if len(self._failures) >= MOST_FAILURES_IN_WINDOW:
            everybody = self._failures[0] + WINDOW_SECONDS - now
        known = self._addresses.get(address)
        return max(0.0, everybody, known.free_at_s - now if known else 0.0)

    def failed(self, address: str, now: float) -> None:
        """Take in a failed login."""
        self._failures.append(now)
        self._forget(now)
        known = self._addresses.setdefault(address, _Address())
        known.failures += 1
        known.last_s = now
        beyond = known.failures - FREE_FAILURES
        if beyond >= 0:
            seconds = FIRST_WAIT_SECONDS * 2.0 ** min(beyond, 20)
            known.free_at_s = now + min(seconds, LONGEST_WAIT_SECONDS)

    def succeeded(self, address: str) -> None:
        """Take in a login: that address has its free failures again."""
        self._addresses.pop(address, None)

    def _forget(self, now: float) -> None:
        self._addresses = {
            address: known
            for address, known in self._addresses.items()
            if now - known.last_s < FORGET_SECONDS
        }
        while len(self._addresses) >= MOST_ADDRESSES:
            oldest = min(self._addresses, key=lambda address: self._addresses[address].last_s)
            del self._addresses[oldest]
