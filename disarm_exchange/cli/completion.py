"""`disarm-exchange completion`: the script by which a shell completes our commands and options."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from disarm_exchange.cli.choices import Choice

_PROGRAM = "disarm-exchange"
_VARIABLE = "_DISARM_EXCHANGE_COMPLETE"


@click.command(
    "completion",
    epilog='Example, for bash: disarm-exchange completion bash >> ~/.bashrc\n\nFor one session: eval "$(disarm-exchange'
    ' completion zsh)"',
)
@click.argument("shell", type=Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL."""
    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(ctx.find_root().command, {}, _PROGRAM, _VARIABLE).source())
