"""Lists that may outgrow memory: numbers and lines, kept on disk beyond a limit, read back in order."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile

_IN_MEMORY = 1 << 20
_CHUNK = 1 << 14


class NumberSpool:
    """An append-only list of signed 64-bit numbers."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        self._open = array("q")
        self._count = 0

    def extend(self, numbers: Iterable[int]) -> None:
        """Append the numbers."""
        self._open.extend(numbers)
        if len(self._open) >= _CHUNK:
            self._flush()

    def _flush(self) -> None:
        self._count += len(self._open)
        self._file.write(self._open.tobytes())
        self._open = array("q")

    def chunks(self) -> Iterator[array[int]]:
        """All numbers in order, many at a time."""
        self._flush()
        self._file.seek(0)
        while data := self._file.read(_CHUNK * 8):
            chunk = array("q")
            chunk.frombytes(data)
            yield chunk
        self._file.seek(0, 2)

    def __len__(self) -> int:
        return self._count + len(self._open)

    def close(self) -> None:
        """Give the disk space back."""
        self._file.close()


class LineSpool:
    """An append-only list of lines of text."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115
        self._open: list[str] = []
        self._count = 0

    def append(self, line: str) -> None:
        """Append one line; a line break inside it becomes a space."""
        self._open.append(line)
        if len(self._open) >= 1024:
            self._flush()

    def _flush(self) -> None:
        self._count += len(self._open)
        text = "\n".join(self._open) + "\n" if self._open else ""
        if text.count("\n") != len(self._open) or "\r" in text:
            text = "".join(line.replace("\n", " ").replace("\r", " ") + "\n" for line in self._open)
        self._file.write(text.encode("utf-8", "surrogatepass"))
        self._open = []

    def __iter__(self) -> Iterator[str]:
        self._flush()
        self._file.seek(0)
        for line in self._file:
            yield line[:-1].decode("utf-8", "surrogatepass")
        self._file.seek(0, 2)

    def __len__(self) -> int:
        return self._count + len(self._open)

    def close(self) -> None:
        """Give the disk space back."""
        self._file.close()
