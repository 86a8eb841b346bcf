"""Users: who may open the page, and what they may do there."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from edge.contract.errors import InputError, StorageError
from edge.web.password import PasswordHash
from edge.web.private_file import read_private_json, write_private_json

FILE = "web-users.json"
MOST_USERS = 50
Role = Literal["viewer", "keeper"]
ROLES: tuple[str, ...] = get_args(Role)
NAME = re.compile(r"[\w.@-]{1,40}")


@dataclass(frozen=True)
class User:
    """Somebody with a password; a `viewer` may look, a `keeper` may act too."""

    name: str
    role: Role
    password: PasswordHash

    @property
    def tag(self) -> str:
        """Return what changes with the password: a login is good for this tag alone."""
        return self.password.key[:16]


class Users:
    """The file of users in the state folder; read anew whenever it changes."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._seen: tuple[int, int, int] | None = None
        self._users: dict[str, User] = {}

    def all(self) -> dict[str, User]:
        """Return the users by name.

        Raises:
            StorageError: the file cannot be read, or is not one of users.
        """
        seen = self._stamp()
        if seen != self._seen:
            self._users = self._read()
            self._seen = seen
        return self._users

    def put(self, name: str, role: Role, password: str) -> User:
        """Add a user, or change one's password and role.

        Raises:
            InputError: a name or a password that will not do.
            StorageError: the file cannot be read or written.
        """
        self.check_name(name)
        users = self.all()
        if name not in users and len(users) >= MOST_USERS:
            raise InputError("there are too many users", expected=f"at most {MOST_USERS}")
        user = User(name, role, PasswordHash.of(password))
        self._write({**users, name: user})
        return user

    def check_name(self, name: str) -> None:
        """Refuse a name that will not do.

        Raises:
            InputError: it is empty, too long or has other signs.
        """
        if not NAME.fullmatch(name):
            raise InputError(
                "the name will not do",
                found=repr(name),
                expected="1 to 40 letters, digits and . _ @ -",
            )

    def remove(self, name: str) -> None:
        """Remove a user; whoever is logged in by that name is so no longer.

        Raises:
            InputError: there is no such user.
            StorageError: the file cannot be read or written.
        """
        users = dict(self.all())
        if users.pop(name, None) is None:
            raise InputError(
                f"there is no user {name!r}", expected="one of " + (", ".join(users) or "none")
            )
        self._write(users)

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _read(self) -> dict[str, User]:
        data = read_private_json(self.path)
        try:
            return {name: _user(name, entry) for name, entry in (data or {}).items()}
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise StorageError(
                f"{self.path} is not a file of users: {error}",
                next_step="remove it and set the passwords again with "
                "`emberwatch-edge web-password`",
            ) from error

    def _write(self, users: dict[str, User]) -> None:
        entries = {
            user.name: {"role": user.role, "password": user.password.to_json()}
            for user in users.values()
        }
        write_private_json(self.path, entries)


def _user(name: str, entry: dict[str, Any]) -> User:
    if entry["role"] not in ROLES:
        raise ValueError(f"{name} has the role {entry['role']!r}")
    return User(name, entry["role"], PasswordHash.from_json(entry["password"]))
