"""The rules: pure functions that decide, and know neither database, network, clock nor settings."""
