"""The summary of a report in words: a few sentences that say no more than the objects do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from disarm_exchange.report.content import Case, Content, Found
from disarm_exchange.report.kinds import Section, counted, section_of, words_for
from disarm_exchange.report.timeline import in_words

_MANY = 6


def sentences(content: Content) -> tuple[str, ...]:
    """The summary, a paragraph each: what it is, how it was done, what was found."""
    paragraphs = (_what(content), _how(content), _found(content))
    return tuple(text for text in (" ".join(words) for words in paragraphs) if text)


def key_numbers(content: Content) -> tuple[tuple[int, str], ...]:
    """The numbers at the head of a report, with their words; what is not there is left out."""
    techniques = len(content.matrix.counts())
    counted_assets = sum(one.counted for one in content.found)
    numbers = (
        (len(content.cases) if len(content.cases) > 1 else 0, "cases"),
        (techniques, "DISARM techniques" if techniques != 1 else "DISARM technique"),
        (len(content.observables), "observables" if len(content.observables) != 1 else "observable"),
        (content.types.get("indicator", 0), words_for("indicator", content.types.get("indicator", 0))),
        (counted_assets, "assets counted" if counted_assets != 1 else "asset counted"),
        (content.types.get("narrative", 0), words_for("narrative", content.types.get("narrative", 0))),
        (content.types.get("note", 0), words_for("note", content.types.get("note", 0))),
    )
    return tuple(one for one in numbers if one[0])


def listed(words: Sequence[str], most: int = _MANY) -> str:
    """Words as one says them: `a, b and c`; of many the first, and how many more."""
    if len(words) > most:
        return f"{', '.join(words[:most])} and {len(words) - most:,} more"
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)


def _what(content: Content) -> Iterator[str]:
    if not content.types:
        yield "There is nothing here that may be shown at this marking."
    elif len(content.cases) == 1:
        yield from _one_case(content.cases[0])
    elif content.cases:
        kinds = [counted(kind, n) for kind, n in content.types.items() if section_of(kind) is Section.CASES]
        yield f"This report covers {listed(kinds)}."
        if content.producers:
            yield f"Produced by {listed(content.producers)}."
        yield "The cases state no origin." if not any(case.origin for case in content.cases) else ""
    else:
        yield f"These objects name no case. There are {listed(_types(content))}."


def _types(content: Content) -> list[str]:
    return [counted(kind, number) for kind, number in content.types.items()]


def _one_case(case: Case) -> Iterator[str]:
    article = "an" if case.kind[0] in "aeiou" else "a"
    also = f", also called {listed(case.aliases)}," if case.aliases else ""
    by = f" reported by {case.producer}" if case.producer else ""
    yield f"{case.name}{also} is {article} {case.kind}{by}."
    if case.first_seen and case.last_seen:
        yield f"It was active from {in_words(case.first_seen)} to {in_words(case.last_seen)}."
    elif case.first_seen or case.last_seen:
        yield f"It was {'first' if case.first_seen else 'last'} seen on {in_words(case.first_seen or case.last_seen)}."
    if case.targets:
        yield f"Its targets: {listed(case.targets)}."
    if case.origin:
        yield f"The producer states its origin: {listed(case.origin)}."
    if case.attributed_to:
        yield f"The producer attributes it to {listed(case.attributed_to)}."
    if not case.origin and not case.attributed_to:
        yield "No origin and no actor is stated."


def _how(content: Content) -> Iterator[str]:
    columns = [column for column in content.matrix.columns if column.used]
    number = len({cell.technique_id for _, cell in content.matrix.cells() if cell.count.used})
    if not columns:
        if content.types:
            yield "No DISARM technique is called."
        return
    strongest = sorted(columns, key=lambda column: -sum(child.used for cell in column.cells for child in cell))[:3]
    what = f"{number:,} DISARM {words_for('attack-pattern', number)}"
    tactics = f"in {len(columns)} of {len(content.matrix.columns)} tactics"
    yield f"It uses {what}, {tactics}." if len(content.cases) == 1 else f"In use: {what}, {tactics}."
    if len(columns) > 1:
        yield f"Most are in {listed([column.name for column in strongest])}."


def _found(content: Content) -> Iterator[str]:
    kinds = Counter(row.type for row in content.observables)
    if kinds:
        yield f"Named one by one: {listed([counted(kind, number) for kind, number in kinds.most_common()])}."
    number = content.types.get("indicator", 0)
    if number:
        yield f"Indicators to detect by: {number:,}."
    if content.counted:
        largest = sorted(content.counted, key=lambda one: -one.counted)
        yield f"Counted without being named: {listed([count_words(one) for one in largest])}."
    modelled = (Section.NARRATIVES, Section.CHANNELS, Section.PERSONAS)
    told = [counted(kind, n) for kind, n in content.types.items() if section_of(kind) in modelled]
    if told:
        yield f"Described as objects of their own: {listed(told)}."


def count_words(one: Found) -> str:
    """`about 1,204 accounts on Facebook`."""
    kind = one.kind if one.counted == 1 or one.kind.endswith("s") else f"{one.kind}s"
    place = f" on {one.platform}" if one.platform else ""
    return f"{'about ' if one.approximate else ''}{one.counted:,} {kind}{place}"
