"""addresses: where the house's messages go, made from the configuration and its secrets."""

from edge.config.config import Config
from edge.house.device import Device, device_id
from edge.house.discovery import Topics
from edge.house.http_post import HttpPost
from edge.house.mqtt_link import Login, check_paho, client_tls
from edge.house.secret import secret_of


def device_of(config: Config) -> Device:
    """Return who we are.

    Raises:
        ConfigError: the machine has no id, and none is given.
    """
    return Device(device_id(config.mqtt.id, config.store.folder), config.mqtt.name)


def topics_of(config: Config, device: Device) -> Topics:
    """Return this camera's topics."""
    return Topics(f"{config.mqtt.topic}/{device.id}")


def login_of(config: Config, device: Device) -> Login | None:
    """Return how to reach the broker, None where there is none.

    Raises:
        ConfigError: a certificate or a file with a password cannot be used.
        MissingPackage: paho-mqtt is not installed.
    """
    settings = config.mqtt
    if settings.broker is None:
        return None
    check_paho()
    tls = client_tls(settings.ca, settings.certificate, settings.key) if settings.tls else None
    password = secret_of(settings.password, settings.password_file, "[mqtt] password_file")
    client_id = f"emberwatch-{device.id}"
    return Login(settings.broker, settings.real_port, client_id, settings.user, password, tls)


def webhook_of(config: Config) -> tuple[HttpPost, str | None] | None:
    """Return how to reach the webhook and what signs, None where there is none.

    Raises:
        ConfigError: a certificate authority or a file with the secret cannot be used.
    """
    settings = config.webhook
    if settings.url is None:
        return None
    secret = secret_of(settings.secret, settings.secret_file, "[webhook] secret_file")
    return HttpPost(settings.url, settings.timeout_seconds, settings.ca), secret
