"""The `disarm-exchange` command. One file a command: arguments, a call, and printing.

`main` turns a `UserError` into one line on stderr and exit code 2.
"""

from disarm_exchange.cli.app import main

__all__ = ["main"]
