"""Sessions: who is logged in, kept on the server; the browser holds a random token alone."""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from edge.contract.errors import StorageError
from edge.web.private_file import read_private_json, write_private_json
from edge.web.users import User

FILE = "web-sessions.json"
TOKEN_BYTES = 32
# More logins than a household has browsers; the oldest goes first.
MOST_SESSIONS = 100
DAY_SECONDS = 86400.0


@dataclass(frozen=True)
class Session:
    """One login: `csrf` goes into each form, `began_s` is the wall clock's, `tag` the user's."""

    user: str
    tag: str
    csrf: str
    began_s: float

    def allows(self, csrf: str) -> bool:
        """Say whether a form with this token came from a page of this login."""
        return hmac.compare_digest(csrf.encode(), self.csrf.encode())


class Sessions:
    """The logins of today. They are kept over a restart, as hashes of their tokens.

    `wall` is the wall clock in seconds. Where the folder cannot be written they last until
    the process ends.
    """

    def __init__(self, folder: Path, days: float, wall: Callable[[], float]) -> None:
        self._path = folder / FILE
        self._seconds = days * DAY_SECONDS
        self._wall = wall
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = self._read()

    @property
    def seconds(self) -> int:
        """Return how long a login lasts."""
        return int(self._seconds)

    def begin(self, user: User) -> str:
        """Log a user in; return the token for the cookie."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        session = Session(user.name, user.tag, secrets.token_urlsafe(TOKEN_BYTES), self._wall())
        with self._lock:
            self._sessions[_hash(token)] = session
            self._forget_old()
            self._write()
        return token

    def find(self, token: str, users: dict[str, User]) -> tuple[Session, User] | None:
        """Return the login of a token, with its user as the user is now.

        A changed password, a removed user and a login that is too old end it. So does a
        clock that was set back by more than a login lasts.
        """
        with self._lock:
            session = self._sessions.get(_hash(token))
        if session is None or abs(self._wall() - session.began_s) > self._seconds:
            return None
        user = users.get(session.user)
        if user is None or not hmac.compare_digest(user.tag, session.tag):
            return None
        return session, user

    def end(self, token: str) -> None:
        """Log out."""
        with self._lock:
            if self._sessions.pop(_hash(token), None) is not None:
                self._write()

    def _forget_old(self) -> None:
        now = self._wall()
        newest = sorted(self._sessions.items(), key=lambda item: item[1].began_s, reverse=True)
        self._sessions = {
            name: session
            for name, session in newest[:MOST_SESSIONS]
            if abs(now - session.began_s) <= self._seconds
        }

    def _write(self) -> None:
        with suppress(StorageError):  # they are in memory all the same
            write_private_json(
                self._path, {name: asdict(one) for name, one in self._sessions.items()}
            )

    def _read(self) -> dict[str, Session]:
        try:
            data: dict[str, Any] = read_private_json(self._path) or {}
            return {name: Session(**entry) for name, entry in data.items()}
        except (StorageError, AttributeError, TypeError):
            return {}  # whoever was logged in logs in again


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
