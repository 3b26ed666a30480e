"""Envelopes (TAXII 2.1 section 3.7): taking one apart, and building one, without touching the objects' bytes."""

from __future__ import annotations

import json
from collections.abc import Sequence

import msgspec
import orjson

from disarm_exchange.taxii.server.errors import Problem

_PARTS = msgspec.json.Decoder(dict[str, msgspec.Raw])
MOST_OBJECTS = 100_000
"""How many objects one envelope may hold."""

# Before anything is parsed: an envelope of nothing but commas would take a hundred times its size.
_MOST_VALUES = 1_000_000

_LIST = msgspec.json.Decoder(list[msgspec.Raw])


def split_envelope(body: bytes) -> list[bytes]:
    """The objects of an envelope, each with its own bytes.

    Raises:
        Problem: 422, not an envelope with at least one object, or a property stands in it twice.
    """
    if body.count(b",") > max(_MOST_VALUES, len(body) // 10):
        raise Problem(422, "The envelope holds too many values for its size.")
    try:
        body.decode("utf-8")
        parts = _PARTS.decode(body)
        objects = [bytes(raw) for raw in _LIST.decode(parts["objects"])] if "objects" in parts else []
    except (UnicodeDecodeError, msgspec.DecodeError, msgspec.ValidationError) as error:
        raise Problem(422, f"The body is not an envelope: {error}.") from None
    except RecursionError:
        raise Problem(422, "The body is not an envelope: nested too deeply.") from None
    if not objects:
        raise Problem(422, "The envelope holds no objects.")
    if len(objects) > MOST_OBJECTS:
        raise Problem(422, f"The envelope holds more than {MOST_OBJECTS:,} objects: send several.")
    _refuse_repeated_properties(body, parts)
    return objects


def join_envelope(objects: Sequence[bytes], *, more: bool, next_token: str | None) -> bytes:
    """An envelope of stored objects; the empty envelope has no properties."""
    if not objects:
        return b"{}"
    head = b'{"more":true,"next":' + orjson.dumps(next_token) + b',"objects":[' if more else b'{"objects":['
    # In one piece from the start: what is joined is megabytes, and each copy of it takes as long as reading it.
    pieces = list(objects)
    pieces[0] = head + pieces[0]
    pieces[-1] += b"]}"
    return b",".join(pieces)


def _refuse_repeated_properties(body: bytes, parts: dict[str, msgspec.Raw]) -> None:
    """Of two equal properties one would be dropped without a word, and its objects lost."""
    values = sum(len(memoryview(raw)) for raw in parts.values())
    names = sum(len(orjson.dumps(name)) for name in parts)
    # Braces, colons and commas of compact text, or of text as Python's json writes it: then nothing else is there.
    rest, count = len(body) - values - names, len(parts)
    if count <= 3 and rest in (2 * count + 1, 4 * count):
        return
    repeated: list[bool] = [False]

    def note(pairs: list[tuple[str, object]]) -> None:
        repeated[0] = len({name for name, _ in pairs}) != len(pairs)

    try:
        json.loads(body, object_pairs_hook=note)
    except RecursionError:
        raise Problem(422, "The body is not an envelope: nested too deeply.") from None
    if repeated[0]:  # the outermost JSON object is the last to be closed
        raise Problem(422, "The body is not an envelope: a property stands in it twice.")
