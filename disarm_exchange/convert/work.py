"""What a process needs to convert blocks of a case: the inputs, the rules, and what is known of the case."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from disarm_exchange.convert.block import RECORDS, Block
from disarm_exchange.convert.collecting import collecting_rarely
from disarm_exchange.convert.converter import Converter
from disarm_exchange.convert.dad_cdm import Model
from disarm_exchange.convert.frame import Frame
from disarm_exchange.convert.inspection import Inspector
from disarm_exchange.disarm.mapping import load_mapping
from disarm_exchange.findings.case import Case
from disarm_exchange.findings.labelling import labelled
from disarm_exchange.findings.profile import SourceProfile, find_profile, shipped_profiles
from disarm_exchange.findings.reader import OnRemark
from disarm_exchange.findings.reading import read_blocks
from disarm_exchange.stix.bundle import Container, separator_in


@dataclass(frozen=True, slots=True)
class Work:
    """A case to be converted, in terms that every process understands."""

    inputs: tuple[Path, ...]
    case: Case
    release: str
    mappings: tuple[Path, ...]
    source: str | None
    row: str | None
    model: Model
    container: Container
    all_lines: bool
    """Whether the account of every record is wanted."""

    inspect: bool = False
    """Whether the objects of a block are validated with it; else they are when they are written."""

    parts: Mapping[str, str] = field(default_factory=dict)
    """Whose values are, where an earlier attempt found out."""


def profiles_of(source: str | None) -> tuple[SourceProfile, ...]:
    """The layouts that are looked for.

    Raises:
        UserError: no such source profile.
    """
    return (find_profile(source),) if source is not None else shipped_profiles()


def converted(work: Work, wanted: Callable[[int], bool], remark: OnRemark) -> Iterator[Block | None]:
    """The blocks of the inputs in order; None for those that are not wanted, which cost little.

    Raises:
        UserError: an input that cannot be read, a rule file with faults.
    """
    separator = separator_in(work.container)
    frame = Frame.of(work.case)
    converter = Converter(
        frame,
        load_mapping(work.release, work.mappings),
        work.model,
        separator=separator,
        parts=work.parts,
        all_lines=work.all_lines,
    )
    inspector = Inspector(work.release, separator, frame, work.case.tlp) if work.inspect else None
    profiles = profiles_of(work.source)
    number = before = 0
    with collecting_rarely():
        for path in work.inputs:
            for records in read_blocks(path, profiles, RECORDS, row=work.row, remark=remark):
                if wanted(number):
                    block = converter.convert(labelled(records.records(), work.case.role, work.case.label))
                    block.position = before + records.position
                    if inspector is not None:
                        block.groups, block.facts = inspector.inspected(block.groups)
                    yield block
                else:
                    yield None
                number += 1
            before += path.stat().st_size
