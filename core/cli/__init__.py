"""The command line: one file a group of commands, one meaning an exit code."""

from core.cli.main import main

__all__ = ["main"]
