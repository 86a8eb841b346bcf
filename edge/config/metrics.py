"""MetricsSettings: where Prometheus may look."""

from dataclasses import dataclass

from edge.contract.errors import ConfigError
from edge.contract.setting import setting


@dataclass(frozen=True)
class MetricsSettings:
    """Metrics: /metrics and /healthz on a port of their own; the page at [web] has them too.

    Raises:
        ConfigError: a port that is out of range.
    """

    port: int = setting(0, "9105 for instance; 0 is off")
    host: str = setting(
        "127.0.0.1", "0.0.0.0 opens it to the network, to anybody: there is no login"
    )

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise ConfigError("port is out of range", found=self.port, expected="0 to 65535")

    @property
    def wanted(self) -> bool:
        """Say whether there is anything to do."""
        return self.port != 0
