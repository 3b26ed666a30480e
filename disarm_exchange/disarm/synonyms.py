"""The field's other words for what DISARM's names say, as data (`mappings/disarm/synonyms.json`)."""

from __future__ import annotations

import json
from functools import cache

from disarm_exchange.disarm.words import stem, stems_of, words_of
from disarm_exchange.resources import data_folder


@cache
def synonym_table() -> dict[tuple[str, ...], tuple[str, ...]]:
    """Stems of a word or phrase -> stems of the words that DISARM's names have for it."""
    path = data_folder("mappings") / "disarm" / "synonyms.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    return {
        tuple(stem(word) for word in words_of(said)): tuple(stems_of(" ".join(meant)))
        for said, meant in content["words"].items()
    }


@cache
def _longest() -> int:
    return max((len(said) for said in synonym_table()), default=1)


def with_synonyms(stems: list[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Each stem (phrases of the table joined) beside the stems that may be meant by it; empty if the table has none."""
    table = synonym_table()
    found: list[tuple[str, tuple[str, ...]]] = []
    place = 0
    while place < len(stems):
        for length in range(min(_longest(), len(stems) - place), 0, -1):
            meant = table.get(tuple(stems[place : place + length]))
            if meant is not None:
                found.append((" ".join(stems[place : place + length]), meant))
                place += length
                break
        else:
            found.append((stems[place], ()))
            place += 1
    return found
