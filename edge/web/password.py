"""PasswordHash: a password as it is kept, which is not the password."""

import hashlib
import hmac
import os
from dataclasses import asdict, dataclass
from typing import Any

from edge.contract.errors import InputError

# scrypt (RFC 7914) with N = 2^14, r = 8, p = 5: of the settings that the OWASP Password
# Storage Cheat Sheet holds for equal, the one with 16 MiB, as a Pi has little memory.
COST, BLOCK, LANES = 1 << 14, 8, 5
MOST_MEMORY_BYTES = 64 << 20
SALT_BYTES, KEY_BYTES = 16, 32
# NIST SP 800-63B, 5.1.1.2: at least 8 characters, no rules of composition, and room for
# long ones; ours opens a camera, so it asks for a little more.
SHORTEST, LONGEST = 10, 256


@dataclass(frozen=True)
class PasswordHash:
    """A salted scrypt hash with the parameters that it was made by; `salt` and `key` in hex."""

    salt: str
    key: str
    cost: int = COST
    block: int = BLOCK
    lanes: int = LANES

    @classmethod
    def of(cls, password: str) -> "PasswordHash":
        """Hash a password with a salt of its own.

        Raises:
            InputError: it is too short or too long.
        """
        if not SHORTEST <= len(password) <= LONGEST:
            raise InputError(
                "the password is too short" if len(password) < SHORTEST else "it is too long",
                found=f"{len(password)} characters",
                expected=f"{SHORTEST} to {LONGEST}; three words with blanks between them will do",
            )
        salt = os.urandom(SALT_BYTES)
        return cls(salt.hex(), _derive(password, salt, COST, BLOCK, LANES).hex())

    def fits(self, password: str) -> bool:
        """Say whether this is the password; takes its time, on purpose."""
        if len(password) > LONGEST:
            return False
        salt = bytes.fromhex(self.salt)
        derived = _derive(password, salt, self.cost, self.block, self.lanes)
        return hmac.compare_digest(derived, bytes.fromhex(self.key))

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "PasswordHash":
        """Read what `to_json` gave.

        Raises:
            ValueError, TypeError: it is not that.
        """
        found = cls(**data)
        bytes.fromhex(found.salt), bytes.fromhex(found.key)
        return found


def _derive(password: str, salt: bytes, cost: int, block: int, lanes: int) -> bytes:
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"),
        salt=salt,
        n=cost,
        r=block,
        p=lanes,
        maxmem=MOST_MEMORY_BYTES,
        dklen=KEY_BYTES,
    )
