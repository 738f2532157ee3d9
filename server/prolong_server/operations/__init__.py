"""The room of running the house: audit, keys, invariants, backup."""
