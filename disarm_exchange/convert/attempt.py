"""One run over all records of a case: blocks are made, joined, validated and written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from disarm_exchange.convert.account import AccountLine
from disarm_exchange.convert.assembly import Assembly
from disarm_exchange.convert.block import Block
from disarm_exchange.convert.frame import Frame
from disarm_exchange.convert.inspection import Inspection, parsed
from disarm_exchange.convert.ledger import CaseLedger
from disarm_exchange.convert.outcome import Outcome
from disarm_exchange.convert.outputs import Unfinished
from disarm_exchange.convert.rendering import Group
from disarm_exchange.convert.summary import Summary
from disarm_exchange.convert.work import Work, converted
from disarm_exchange.convert.workers import converted_by
from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.findings.reader import OnRemark
from disarm_exchange.stix.bundle import ContainerWriter, separator_in
from disarm_exchange.stix.ids import derived_id
from disarm_exchange.stix.progress import OnStep, Step, bytes_in
from disarm_exchange.validate.facts import Facts


class AccountWriter:
    """A file of account lines that is begun with its first line: of all records, or of those in quarantine."""

    def __init__(self, path: Path, *, everything: bool) -> None:
        self._path = path
        self._everything = everything
        self._file = Unfinished(path) if everything else None

    def take(self, line: AccountLine) -> None:
        """Write the line if it belongs there."""
        if self._everything or line.outcome is Outcome.QUARANTINE:
            if self._file is None:
                self._file = Unfinished(self._path)
            self._file.write(line.to_json())

    def commit(self) -> Path | None:
        """Let the file appear; its path, if there is one. What an earlier run left there is gone in any case."""
        if self._file is None:
            self._path.unlink(missing_ok=True)
            return None
        self._file.commit()
        return self._path

    def set_aside(self) -> Path | None:
        """Keep the file under another name; its path, if there is one."""
        return None if self._file is None else self._file.set_aside()

    def discard(self) -> None:
        """Delete the file unless it was moved."""
        if self._file is not None:
            self._file.discard()


@dataclass(frozen=True, slots=True)
class Attempt:
    """A conversion that may have to be made twice: whose a value is can become known after it was written.

    Args:
        work: what is to be converted.
        jobs: how many processes convert blocks; with one it is this process itself.
        catalogue: the DISARM release.
        remark: is told what concerns an input as a whole.
        on_step: is told how far the conversion is, after every block.
    """

    work: Work
    jobs: int
    catalogue: Catalogue
    remark: OnRemark
    on_step: OnStep

    def run(
        self,
        output: Unfinished,
        account: AccountWriter,
        ledger: CaseLedger,
        inspection: Inspection | None,
        summary: Summary,
        *,
        revoke_missing: bool,
    ) -> None:
        """Convert, and write everything but what makes it final; the figures go to `summary`.

        Raises:
            PartsConflictError: what was written must be thrown away (see `parts`).
            UserError: an input that cannot be read, a rule file with faults, a worker process that died.
        """
        work = self.work
        frame = Frame.of(work.case)
        separator = separator_in(work.container)
        assembly = Assembly(work.case, frame, self.catalogue, summary, separator=separator)
        writer = ContainerWriter(output.write, work.container, derived_id("bundle", frame.namespace, frame.case_id))
        batches = self._groups(assembly, account, ledger)
        if ledger.changes is None:
            for groups, facts in batches:
                writer.write([group.body for group in groups])
                if inspection is not None:
                    inspection.take(groups, facts)
        else:
            objects = (parsed(one) for groups, _ in batches for group in groups for one in group.body.split(separator))
            for item in ledger.settled(objects, revoke_missing=revoke_missing):
                writer.write([orjson.dumps(item)])
                if inspection is not None:
                    inspection.take_object(item)
        writer.close()
        if inspection is not None:
            inspection.finish(output.objects)

    def _groups(
        self, assembly: Assembly, account: AccountWriter, ledger: CaseLedger
    ) -> Iterator[tuple[Sequence[Group], Facts | None]]:
        yield assembly.opening(), None
        size = bytes_in(*self.work.inputs)
        for block in self._blocks():
            for line in block.lines:
                account.take(ledger.recorded(line))
            yield assembly.add(block), block.facts
            self.on_step(Step("converting", assembly.summary.records, "records", read=block.position, size=size))
        if not self.work.parts:  # with all parts known from the start, nothing that they forbid was written
            assembly.check_parts()
        for group in assembly.closing():
            yield (group,), None

    def _blocks(self) -> Iterator[Block]:
        if self.jobs > 1:
            return converted_by(self.work, self.jobs, self.remark)
        return (block for block in converted(self.work, lambda _: True, self.remark) if block is not None)
