"""Config: what the watch is told by its TOML file."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from edge.alarm.button_settings import ButtonSettings
from edge.alarm.output_lines import OutputLines, check_lines
from edge.alarm.rules import AlarmRules
from edge.alarm.schedule import Schedule
from edge.alarm.sweep_rules import SweepRules
from edge.alarm.zones import Zone
from edge.camera.settings import CameraSettings
from edge.config.board import BoardSettings
from edge.config.eye import EyeSettings
from edge.config.gate import GateSettings
from edge.config.metrics import MetricsSettings
from edge.config.model import ModelSettings
from edge.config.mqtt import MqttSettings
from edge.config.section import read_section, read_tables, unknown
from edge.config.web import WebSettings
from edge.config.webhook import WebhookSettings
from edge.contract.errors import ConfigError
from edge.health.settings import HealthSettings
from edge.store.settings import StoreSettings


@dataclass(frozen=True)
class Config:
    """Everything that the watch is told.

    Each field is a section of the file by its name, a dataclass of `setting`s; a tuple of
    them is an array of tables.

    Raises:
        ConfigError: sections that contradict each other.
    """

    model: ModelSettings
    camera: CameraSettings
    health: HealthSettings = field(default_factory=HealthSettings)
    eye: EyeSettings = field(default_factory=EyeSettings)
    gate: GateSettings = field(default_factory=GateSettings)
    board: BoardSettings = field(default_factory=BoardSettings)
    alarm: AlarmRules = field(default_factory=AlarmRules)
    zones: tuple[Zone, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    sweep: SweepRules = field(default_factory=SweepRules)
    outputs: OutputLines = field(default_factory=OutputLines)
    buttons: ButtonSettings = field(default_factory=ButtonSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    web: WebSettings = field(default_factory=WebSettings)
    mqtt: MqttSettings = field(default_factory=MqttSettings)
    webhook: WebhookSettings = field(default_factory=WebhookSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)

    def __post_init__(self) -> None:
        buttons = {f"the {name} button": bcm for name, bcm in self.buttons.numbers().items()}
        check_lines(self.outputs.numbers() | buttons)

    @classmethod
    def from_toml(cls, text: str, folder: Path) -> "Config":
        """Read a configuration; relative paths are under `folder`.

        Raises:
            ConfigError: no TOML, an unknown or missing name, a wrong type or range.
        """
        try:
            tables: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ConfigError(f"not TOML: {error}") from error
        known = sections(cls)
        for name in tables:
            if name not in known:
                raise unknown(f"there is no section [{name}]", name, known, "sections")
        read: dict[str, Any] = {
            name: read_tables(name, tables.get(name, []), settings, folder)
            if many
            else read_section(name, tables.get(name, {}), settings, folder)
            for name, (settings, many) in known.items()
        }
        return cls(**read)

    @classmethod
    def read(cls, path: Path) -> "Config":
        """Read a configuration file; relative paths in it are relative to its folder.

        Raises:
            ConfigError: it cannot be read, or what is in it is wrong.
        """
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"cannot read the configuration {path}: {getattr(error, 'strerror', error)}",
                next_step="emberwatch-edge run --example-config > emberwatch.toml, and edit it",
            ) from error
        try:
            return cls.from_toml(text, path.absolute().parent)
        except ConfigError as error:
            raise ConfigError(
                f"{path}: {error.what}",
                found=error.found,
                expected=error.expected,
                next_step=error.next_step,
            ) from error


def sections(config: type[Config] = Config) -> dict[str, tuple[type[Any], bool]]:
    """Return each section's dataclass by name, and whether it may be there several times."""
    found: dict[str, tuple[type[Any], bool]] = {}
    for name, kind in get_type_hints(config).items():
        many = get_origin(kind) is tuple
        found[name] = (get_args(kind)[0] if many else kind, many)
    return found
