"""What the commands that draw share: how a picture looks, the kind of file, and writing it whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import click
import orjson

from disarm_exchange.cli.choices import Choice
from disarm_exchange.cli.quiet import tell
from disarm_exchange.cli.safe_text import visible
from disarm_exchange.errors import UserError
from disarm_exchange.report.matrix_drawing import Picture
from disarm_exchange.report.palette import Theme
from disarm_exchange.report.png import png_of
from disarm_exchange.report.source import Source
from disarm_exchange.stix.bundle import atomic_writer
from disarm_exchange.stix.markings import Tlp

Parameters = ParamSpec("Parameters")

title_option = click.option("--title", help="What the picture is about; by default what the objects say.")
scale_option = click.option(
    "--scale",
    type=click.FloatRange(0.1, 8),
    default=2.0,
    show_default=True,
    help="Of a PNG: pixels for one of the SVG.",
)


@dataclass(frozen=True, slots=True)
class PictureOptions:
    """How a picture looks. `scale` is pixels of a PNG for one of the SVG."""

    title: str | None
    theme: Theme
    scale: float

    def theme_for(self, kind: str) -> Theme:
        """The theme in a kind of file: a PNG cannot follow the reader's system."""
        return Theme.LIGHT if kind == "png" and self.theme is Theme.AUTO else self.theme


def picture_options(command: Callable[Parameters, None]) -> Callable[Parameters, None]:
    """Add `--title`, `--theme`, `--scale`; the command gets them as `options`."""

    @title_option
    @click.option(
        "--theme",
        type=Choice([theme.value for theme in Theme]),
        default=Theme.AUTO.value,
        show_default=True,
        help="Light, dark, or as the reader's system is (a PNG is light then).",
    )
    @scale_option
    @wraps(command)
    def with_options(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        title, scale = kwargs.pop("title"), kwargs.pop("scale")
        kwargs["options"] = PictureOptions(
            title if isinstance(title, str) else None,
            Theme(str(kwargs.pop("theme"))),
            float(str(scale)),
        )
        command(*args, **kwargs)

    return with_options


def kind_of(output: Path, kinds: Sequence[str]) -> str:
    """The kind of file by the ending of its name.

    Raises:
        UserError: another ending.
    """
    kind = output.suffix.lower().lstrip(".")
    if kind not in kinds:
        raise UserError(
            f"cannot tell the kind of file from {output.suffix or 'no ending'!r}",
            where=str(output),
            fix=f"end it in {', '.join(f'.{one}' for one in kinds)}",
        )
    return kind


def drawn(picture: Picture, kind: str, options: PictureOptions) -> bytes:
    """A picture as SVG or PNG."""
    if kind == "svg":
        return picture.svg.encode()
    return png_of(picture.svg, picture.width, picture.height, scale=options.scale)


@dataclass(frozen=True, slots=True)
class Made:
    """What a file was made of: its marking, how many objects are in it, how many stay out."""

    marking: Tlp
    objects: int
    withheld: int

    @classmethod
    def of(cls, source: Source) -> Made:
        """Of a whole source."""
        return cls(source.marking, len(source.objects), len(source.withheld))


def written(output: Path, content: bytes, summary: str, made: Made, *, as_json: bool) -> None:
    """Write a file whole or not at all, and say so; see `tell_written`.

    Raises:
        UserError: it cannot be written there.
    """
    try:
        with atomic_writer(output) as stream:
            stream.write(content)
    except OSError as error:
        raise UserError(f"cannot be written: {error.strerror}", where=str(output)) from None
    tell_written(output, summary, made, as_json=as_json)


def tell_written(output: Path, summary: str, made: Made, *, as_json: bool) -> None:
    """Say what was written: a sentence on standard error, or for programs an object on standard output."""
    if as_json:
        row = {
            "file": str(output),
            "bytes": output.stat().st_size,
            "marking": made.marking.label,
            "objects": made.objects,
            "withheld": made.withheld,
        }
        click.echo(orjson.dumps(row, option=orjson.OPT_INDENT_2))
    else:
        tell(f"Wrote {output}: {visible(summary)}")
