"""The command line: `prolong-server`. A command reads its words, calls one room and shows what it says."""

from prolong_server.cli.program import program as main

__all__ = ["main"]
