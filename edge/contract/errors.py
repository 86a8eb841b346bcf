"""The error tree: one branch for each party who must act, each with its exit code.

Exit codes: 2 the caller's input, 3 a model or bundle, 4 a gate that said no,
5 the machine (a package, a device, the disk). 1 is an unforeseen fault.
"""


class EmberwatchError(Exception):
    """Says what is wrong, what was found, what was expected and what to do next."""

    exit_code = 1

    def __init__(
        self,
        what: str,
        *,
        found: object = None,
        expected: object = None,
        next_step: str | None = None,
    ) -> None:
        self.what = what
        self.found = found
        self.expected = expected
        self.next_step = next_step
        super().__init__(self.line())

    def line(self) -> str:
        """Return the whole message as one line."""
        text = self.what
        if self.found is not None:
            text += f"; found {self.found}"
        if self.expected is not None:
            text += f"; expected {self.expected}"
        if self.next_step:
            text += f". Next: {self.next_step}"
        return " ".join(text.split())


class InputError(EmberwatchError, ValueError):
    """What the caller gave cannot be used: the caller must change it."""

    exit_code = 2


class DatasetError(InputError):
    """A folder of pictures cannot be trained on."""


class PictureError(InputError):
    """A picture cannot be read."""


class LabelsError(InputError):
    """A list of class names is unusable or does not fit its model."""


class ConfigError(InputError):
    """A configuration file is wrong."""


class WeightsError(InputError):
    """A file of weights does not fit the backbone asked for."""


class ModelError(EmberwatchError):
    """A model cannot be used: who made it must act."""

    exit_code = 3


class ModelRefused(ModelError):
    """The runtime at hand refuses the model."""


class BundleError(ModelError, ValueError):
    """A bundle cannot be used."""


class BundleTampered(BundleError):
    """A bundle's bytes are not the bytes that were packaged."""


class BundleUnsupported(BundleError):
    """A bundle is whole, but of a schema or for a target that is not ours."""


class GoldenMismatch(BundleError):
    """A machine does not reproduce a bundle's golden vectors."""


class GateRefused(EmberwatchError):
    """A measured figure is beyond its limit."""

    exit_code = 4


class MachineError(EmberwatchError):
    """The machine lacks something: its keeper must act."""

    exit_code = 5


class MissingPackage(MachineError, ImportError):
    """A needed package is not installed or not usable here."""


class GpioError(MachineError):
    """The pins cannot be driven."""


class CameraError(MachineError):
    """Frames cannot be had from the camera."""


class StorageError(MachineError, OSError):
    """A file cannot be written or a disk is full."""
