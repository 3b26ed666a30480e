"""The command group, and the one place where faults become exit codes.

Exit codes: 0 fine; 1 findings or partial failure; 2 wrong use or bad input.
"""

from __future__ import annotations

import sys
from importlib import import_module

import click
from click.shell_completion import CompletionItem

from disarm_exchange import __version__
from disarm_exchange.cli.choices import suggestion
from disarm_exchange.cli.quiet import quiet_option, with_quiet
from disarm_exchange.errors import UserError

# By section of `--help`: each command with its line there.
SECTIONS: dict[str, dict[str, str]] = {
    "Begin": {
        "init": "Five questions, and a configuration that works.",
        "demo": "Two organisations on this machine: convert, validate, serve, publish, pull, compare, report.",
        "completion": "The script by which your shell completes commands and options.",
    },
    "Findings": {
        "inspect": "Say what a file is taken for and why, show its first records, draft a source profile.",
        "convert": "Convert takedown findings into DISARM techniques and a STIX 2.1 bundle.",
        "validate": "Check STIX files: every problem with code, place and fix.",
        "case": "Cases in the ledger: list, show, history, what a run changed.",
        "why": "Why an object was exported: source records, rules, versions.",
        "mapping": "Try mapping rules out, check own ones, coverage of files, candidates for the rest.",
        "framework": "Look up DISARM techniques and retired ids; bring in and compare releases.",
        "migrate": "Bring the DISARM techniques of a bundle to another release.",
        "schema": "List, show and export the JSON Schemas of this project and of STIX 2.1.",
    },
    "Exchange": {
        "publish": "Publish a bundle to a TAXII 2.1 collection, as far as its markings allow.",
        "pull": "Pull a TAXII 2.1 collection into a database or a file.",
        "subscribe": "A feed in one line: add it as a peer and pull it.",
        "peer": "The organisations that we exchange with.",
        "sync": "Bring us and our peers into step: run, daemon, status, history.",
        "share": "What would go to a peer, before it goes.",
        "quarantine": "Received objects that were put aside, and why.",
        "probe": "Check a partner's TAXII server: what it does wrong, and how we cope.",
        "config": "The configuration of synchronisation, checked and explained.",
        "doctor": "What would keep synchronisation from working, and what to do about it.",
    },
    "Pictures": {
        "report": "One self-contained page about a case, a bundle or a store: HTML, Markdown.",
        "graph": "The graph of a case: SVG, PNG, HTML, Mermaid, GEXF, GraphML, JSON.",
        "heatmap": "The DISARM matrix with numbers: SVG, PNG, HTML, Markdown, JSON.",
        "navigator": "The techniques as a layer for the DISARM Navigator.",
        "compare": "Techniques of two cases, periods or peers side by side: SVG, PNG, HTML, Markdown, JSON, CSV.",
        "export": "Tables of indicators, observables, techniques, relationships: CSV, TSV, Excel.",
    },
    "Server": {
        "serve": "Serve collections over TAXII 2.1.",
        "org": "Organisations that have access, and their TLP clearance.",
        "user": "Users of organisations.",
        "token": "API tokens, for programs.",
        "collection": "Collections and API roots of a server.",
        "grant": "What an organisation may do with a collection.",
        "object": "Objects of a collection: list, show, export, add, delete.",
        "purge": "Erase what is not to be kept any longer.",
        "audit": "Who wrote what, and who was denied what.",
        "db": "Upgrade, check, compact, back up and move a database.",
    },
}
_COMMANDS = {name: words for commands in SECTIONS.values() for name, words in commands.items()}


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command is asked for (start-up stays short)."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted({*super().list_commands(ctx), *_COMMANDS})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, from `disarm_exchange.cli.<name>`, attribute `command`."""
        if cmd_name not in _COMMANDS:
            return super().get_command(ctx, cmd_name)
        module = import_module(f"disarm_exchange.cli.{cmd_name.replace('-', '_')}")
        command = module.command
        assert isinstance(command, click.Command)
        return with_quiet(command)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Commands and their lines of help, without importing them."""
        found = [
            CompletionItem(name, help=words) for name, words in sorted(_COMMANDS.items()) if name.startswith(incomplete)
        ]
        return found or click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands for `--help` without importing them."""
        for section, commands in SECTIONS.items():
            if not commands:
                continue
            with formatter.section(section):
                formatter.write_dl(list(commands.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that `args` begin with, or an error that names the nearest one."""
        if args and not args[0].startswith("-") and args[0] not in _COMMANDS:
            ctx.fail(f"No such command {args[0]!r}. {suggestion(args[0], _COMMANDS)}".rstrip())
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="disarm-exchange")
def app() -> None:
    """Takedown findings to DISARM techniques and STIX 2.1, exchanged over TAXII 2.1."""


app.params.append(quiet_option())


def main() -> None:
    """Entry point: run the command line and exit.

    A `UserError` is printed as one line and ends with exit code 2, a fault of the system too; Ctrl-C
    ends with 130, a closed pipe quietly.
    """
    try:
        sys.exit(app.main(standalone_mode=False, prog_name="disarm-exchange") or 0)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.exceptions.Exit as stop:
        sys.exit(stop.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        sys.exit(130)
    except UserError as error:
        click.echo(f"disarm-exchange: {error}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:  # a full disk, a file without permission: nothing the program can mend
        place = f"{error.filename}: " if error.filename else ""
        click.echo(f"disarm-exchange: {place}{error.strerror or error}", err=True)
        sys.exit(2)
    except Exception as error:
        words = _database_trouble(error)
        if words is None:
            raise
        click.echo(f"disarm-exchange: the database: {words}", err=True)
        sys.exit(2)


def _database_trouble(error: Exception) -> str | None:
    """What a database in trouble says (a full disk, no right to write, no turn in time); None for any other fault."""
    known = sys.modules.get("sqlalchemy.exc")  # not imported for this alone: it takes long
    if known is None or not isinstance(error, known.OperationalError):
        return None
    return str(error.orig).partition("\n")[0]
