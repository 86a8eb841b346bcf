"""Tells the house: MQTT, webhook, metrics."""
