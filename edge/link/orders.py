"""Orders: what the hand tells a new eye before it opens anything."""

from dataclasses import dataclass
from pathlib import Path

from edge.link.wire import Message, WireError


@dataclass(frozen=True)
class Orders:
    """The configuration's own text, so that both sides go by the same one, and what to run.

    `folder` is the one that relative paths in `config` are under; `bundle` the model to load,
    which may be an older one than `config` names; `reference` what the frame gauge of an
    earlier eye kept of the scene, empty if nothing; `why` what led to this start.
    """

    config: str
    folder: Path
    bundle: Path
    reference: bytes = b""
    why: str = "start"

    def message(self) -> Message:
        """Return it for the wire."""
        folders = {"folder": str(self.folder), "bundle": str(self.bundle)}
        header = {"kind": "orders", "config": self.config, **folders, "why": self.why}
        return header, self.reference

    @classmethod
    def from_message(cls, message: Message) -> "Orders":
        """Read what `message` gave.

        Raises:
            WireError: it is not that.
        """
        header, blob = message
        try:
            folder, bundle = Path(header["folder"]), Path(header["bundle"])
            return cls(str(header["config"]), folder, bundle, blob, str(header["why"]))
        except (KeyError, TypeError) as error:
            raise WireError("the orders are not as they should be", found=error) from error
