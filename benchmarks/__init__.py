"""Benchmarks: ratios of Prolong to PostgreSQL itself, taken in one run on one machine, never a timed test."""
