"""Content encodings, both ways: gzip and zstd (RFC 9110 section 8.4, RFC 8878).

What comes in is unpacked only as far as the API root allows, so a small body cannot become a large one.
"""

from __future__ import annotations

import re
import zlib

import zstandard
from isal import igzip

from disarm_exchange.taxii.server.errors import Problem

_WORTH_IT = 1024
_ZSTD_LEVEL = 1
_GZIP_LEVEL = 1
_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_ZSTD_WINDOW = 8 * 1024 * 1024
_LONGEST = 1024
_ELEMENT = re.compile(r"\s*([A-Za-z0-9*_-]+)\s*(?:;\s*[qQ]\s*=\s*([0-9.]+)\s*)?", re.ASCII)


def choose_encoding(accept_encoding: str | None, size: int) -> str | None:
    """The encoding for a body of this size: zstd, else gzip, else None. What the client weighs at 0 it does not get."""
    if accept_encoding is None or size < _WORTH_IT:
        return None
    weights: dict[str, float] = {}
    for element in accept_encoding[:_LONGEST].split(","):
        found = _ELEMENT.fullmatch(element)
        if found is not None:
            weights[found[1].lower()] = _weight(found[2])
    for encoding in ("zstd", "gzip"):
        if weights.get(encoding, weights.get("*", 0.0)) > 0:
            return encoding
    return None


def pack(body: bytes, encoding: str) -> bytes:
    """The body in an encoding that `choose_encoding` chose."""
    if encoding == "zstd":
        return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(body)
    return igzip.compress(body, _GZIP_LEVEL, mtime=0)


def unpack(body: bytes, encoding: str, max_length: int) -> bytes:
    """The body as it was before the client encoded it.

    Raises:
        Problem: 413, it would be longer than `max_length` octets; 415, an encoding not known here; 400, damaged.
    """
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip":
            return _unpack_gzip(body, max_length)
        case "zstd":
            return _unpack_zstd(body, max_length)
    raise Problem(415, "Send the body as it is, or in gzip or zstd.", {"Accept-Encoding": "gzip, zstd"})


def _unpack_gzip(body: bytes, max_length: int) -> bytes:
    stream = zlib.decompressobj(_GZIP_WINDOW)
    try:
        plain = stream.decompress(body, max_length + 1)
    except zlib.error:
        raise _damaged("gzip") from None
    if len(plain) > max_length:
        raise _too_long(max_length)
    if not stream.eof or stream.unused_data:
        raise _damaged("gzip")
    return plain


def _unpack_zstd(body: bytes, max_length: int) -> bytes:
    unpacker = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    try:
        with unpacker.stream_reader(body, read_across_frames=True) as stream:
            plain = stream.read(max_length + 1)
    except zstandard.ZstdError:
        raise _damaged("zstd") from None
    if len(plain) > max_length:
        raise _too_long(max_length)
    if not plain:
        raise _damaged("zstd")
    return plain


def _weight(text: str | None) -> float:
    try:
        return 1.0 if text is None else float(text)
    except ValueError:
        return 0.0


def _damaged(encoding: str) -> Problem:
    return Problem(400, f"The body is not {encoding}, or damaged.")


def _too_long(max_length: int) -> Problem:
    return Problem(413, f"The body unpacks to more than max_content_length, {max_length} octets.")
