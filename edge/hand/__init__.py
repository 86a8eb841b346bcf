"""The hand: decision, pins and events; small, and never waits for anybody."""
