"""What the watch is told: one TOML file, checked key by key."""
