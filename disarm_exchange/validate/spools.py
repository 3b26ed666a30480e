"""Lists that may outgrow memory: numbers and lines, kept on disk beyond a limit, read back in order."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from itertools import islice
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

    def batches(self, size: int) -> Iterator[array[int]]:
        """All numbers in order, at least that many at a time but for the last."""
        batch = array("q")
        for chunk in self.chunks():
            batch.extend(chunk)
            if len(batch) >= size:
                yield batch
                batch = array("q")
        if batch:
            yield batch

    def __len__(self) -> int:
        return self._count + len(self._open)

    def close(self) -> None:
        """Give the disk space back."""
        self._file.close()


class LinkSpool:
    """An append-only list of what refers to what: the number of an object and marks of those it refers to.

    On disk stand, again and again, a number, a count, and that many marks.
    """

    def __init__(self) -> None:
        self._numbers = NumberSpool()

    def add(self, number: int, marks: list[int]) -> None:
        """Object `number` refers to these."""
        self._numbers.extend((number, len(marks)))
        self._numbers.extend(marks)

    def runs(self) -> Iterator[tuple[int, array[int]]]:
        """All of it in order; what one object refers to may come in several parts."""
        head: list[int] = []
        left = number = 0
        for chunk in self._numbers.chunks():
            position = 0
            while position < len(chunk):
                if left == 0:
                    head.append(chunk[position])
                    position += 1
                    if len(head) == 2:
                        number, left = head
                        head = []
                    continue
                marks = chunk[position : position + left]
                position += len(marks)
                left -= len(marks)
                yield number, marks

    def batches(self, size: int) -> Iterator[list[tuple[int, int]]]:
        """All of it in order, mark by mark, that many at a time."""
        pairs = ((number, mark) for number, marks in self.runs() for mark in marks)
        while batch := list(islice(pairs, size)):
            yield batch

    def close(self) -> None:
        """Give the disk space back."""
        self._numbers.close()


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
