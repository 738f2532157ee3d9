"""Lints of this house: each checks one rule that no ready-made tool checks."""
