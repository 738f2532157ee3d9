"""The history of the tables, shipped with the package; `operations.schema` applies it."""

from pathlib import Path

DIRECTORY = str(Path(__file__).parent)
