"""Which of the files given to a command are STIX: findings are converted first, and folders hold other files too."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from disarm_exchange.cli.quiet import tell
from disarm_exchange.errors import UserError
from disarm_exchange.validate.files import SUFFIXES, expand

_HEAD = 64 * 1024
_STIX = re.compile(rb'"type"\s*:\s*"|"objects"\s*:|"spec_version"\s*:')
_OURS = re.compile(
    rb'"layout"\s*:\s*"|"\$schema"\s*:\s*"|"indicator_value"\s*:|"labels"\s*:\s*\[[^\]]*\]\s*,\s*"value"\s*:'
)
_JSON = (b"{", b"[", b"\x1f\x8b")
_SHOWN = 5


def stix_files(paths: Iterable[str]) -> tuple[str, ...]:
    """The files meant; of folders those that are STIX, and what was skipped in them is told on standard error.

    Raises:
        UserError: a file holds findings that are to be converted first; a folder without STIX files; no such file.
    """
    found: list[str] = []
    for path in paths:
        if path != "-" and Path(path).is_dir():
            found += _in_folder(path)
            continue
        if path != "-":
            _refuse_findings(Path(path))
        found.append(path)
    return tuple(found)


def _in_folder(folder: str) -> list[str]:
    candidates = list(expand([folder]))
    kept = [path for path in candidates if _is_stix(Path(path))]
    skipped = [path for path in candidates if path not in set(kept)]
    others = Counter(
        path.suffix or path.name
        for path in Path(folder).rglob("*")
        if path.is_file() and not path.name.lower().endswith(SUFFIXES)
    )
    if skipped:
        shown = ", ".join(skipped[:_SHOWN]) + (f" and {len(skipped) - _SHOWN:,} more" if len(skipped) > _SHOWN else "")
        tell(f"skipped, since they are no STIX: {shown}")
    if others:
        kinds = ", ".join(f"{count:,} {suffix}" for suffix, count in others.most_common(_SHOWN))
        tell(f"skipped in {folder}: other files ({kinds})")
    if not kept:
        raise UserError("holds JSON files, but no STIX", where=folder, fix="name the files to be checked")
    return kept


def _is_stix(path: Path) -> bool:
    head = _head(path)
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_JSON[:2]):
        return True  # broken, or compressed: to be looked at
    return _STIX.search(head) is not None and _OURS.search(head[:1024]) is None


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(_HEAD)
    except OSError:
        return b""


def _refuse_findings(path: Path) -> None:
    head = _head(path)
    if not head or (head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_JSON) and _is_stix(path)):
        return
    # Only now: readers of findings take long to import.
    from disarm_exchange.findings.profile import shipped_profiles  # noqa: PLC0415
    from disarm_exchange.findings.reader import Source  # noqa: PLC0415
    from disarm_exchange.findings.reading import reader_of  # noqa: PLC0415

    try:
        reader, recognition = reader_of(Source(path, shipped_profiles()))
    except UserError:
        return  # not findings either: the check says what is wrong
    if recognition is None or (head.lstrip().startswith(_JSON) and recognition.profile is None and not _is_lines(head)):
        return
    raise UserError(
        f"holds findings ({reader.title}), not STIX",
        where=str(path),
        fix=f"convert it first: disarm-exchange convert {path} -o bundle.json",
    )


def _is_lines(head: bytes) -> bool:
    return _OURS.search(head[:1024]) is not None
