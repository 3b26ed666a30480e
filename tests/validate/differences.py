"""Where our verdict and that of stix2-validator differ, and why; run as a module it writes the table."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import orjson
from stix2validator import ValidationOptions, validate_instance

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.validate.engine import Validator
from disarm_exchange.validate.issue import Severity
from tests.validate.bundles import exchange_bundle
from tests.validate.corpus import all_cases

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "validation-differences.md"
RULES = Path(__file__).parent / "rules"


@dataclass(frozen=True)
class Reason:
    """One reason for a difference."""

    side: str
    """Who refuses: `ours`, `theirs`, or `crash` where theirs ends with an exception."""
    sign: str
    """A code of ours, or a part of their message, by which it is known."""
    why: str


REASONS = (
    Reason("crash", "'split'", "It takes the id apart before it looks whether it is a text."),
    Reason("crash", "'phase_name'", "A check of phases takes for granted that the name is there."),
    Reason("crash", "must be an object with 'id' and 'type'", "It stops at a missing id and says nothing of the rest."),
    Reason("crash", "local variable 'c'", "Its pattern parser trips over the empty pattern."),
    Reason("theirs", "RFC 5646 language code", "It knows a list of language tags; RFC 5646 allows more (zh-Hans)."),
    Reason(
        "theirs", "'marking_ref' is a required", "Section 7.2.3 allows `lang` in its place; the OASIS schema does not."
    ),
    Reason("theirs", "additional_header_fields", "Section 6.6 allows one value; the OASIS schema asks for two."),
    Reason(
        "theirs", "does not match '^s*(((", "The OASIS pattern of IPv6 lost its backslashes; an IPv4 tail is legal."
    ),
    Reason("theirs", "'type': 'process'", "Section 6.13 has created_time; the OASIS schema has a name of STIX 2.0."),
    Reason(
        "theirs", "windows-registry-key", "Section 6.17 has modified_time; the OASIS schema has a name of STIX 2.0."
    ),
    Reason("theirs", "_enc'", "IANA makes no difference between letters of both cases; it does."),
    Reason("theirs", "TLSH", "Section 10.7 gives TLSH no form; since its version 4 it begins with T1."),
    Reason("theirs", "T23:59:60Z", "Section 2.16: RFC 3339 has leap seconds; it cannot read one."),
    Reason("ours", "DX006", "Section 3.2: in STIX 2.1 spec_version is 2.1; the OASIS schema allows 2.0."),
    Reason("ours", "DX102", "Section 6.13: environment variables are texts; the OASIS schema does not say so."),
    Reason("ours", "DX106", "Section 6.12: bytes and packets are positive; the OASIS schema does not say so."),
    Reason("ours", "DX240", "Section 6.7: an extension is for one type; it looks only at types that have one."),
    Reason("ours", "DX304", "References inside extensions and parts lead to certain types; it does not look there."),
    Reason("ours", "DX105", "Section 3.1 limits names; the OASIS pattern has no end, so anything may follow."),
    Reason("ours", "DX110", "A granular marking has one of marking_ref and lang, never both (section 7.2.3)."),
    Reason("ours", "DX201", "The id of a new type begins with it (section 7.3.2); it compares only types of STIX."),
    Reason("ours", "DX211", "It compares times only of types that it knows."),
    Reason("ours", "DX212", "It checks timestamps only of properties that it knows."),
    Reason("ours", "DX234", "Section 7.3: an extension must not redefine a type."),
    Reason("ours", "DX235", "Section 7.3.1: created_by_ref is required for extension definitions."),
    Reason("ours", "DX239", "Section 3.2: common properties that a type does not have."),
    Reason("ours", "DX253", "Section 7.2.3: a selector names what is there; its check stops at texts."),
    Reason("ours", "DX254", "Section 3.1: no encoding without its text."),
    Reason("ours", "DX301", "Embedded relationships lead to certain types; it looks at few of them."),
    Reason("ours", "DX602", "Two TLP colours on one object; it does not read markings."),
    Reason("ours", "DX601", "TLP 2.0 came after its schemas: it does not know the published objects."),
)


@dataclass(frozen=True)
class Difference:
    """An object on which the verdicts differ."""

    name: str
    reason: Reason | None


def objects() -> Iterator[tuple[str, StixObject]]:
    """The corpus, what partners exchange, and the objects of the rules' files."""
    for case in all_cases():
        yield case.name, case.item
    for item in exchange_bundle():
        yield f"{item['type']}: as partners exchange it", item
    for path in sorted(RULES.glob("*.json")):
        with contextlib.suppress(orjson.JSONDecodeError):
            for item in orjson.loads(path.read_bytes())["objects"]:
                if isinstance(item, dict) and "spec_version" in item:
                    yield f"{item.get('type')}: {path.name}", item


@cache
def differences() -> tuple[int, tuple[Difference, ...]]:
    """How many objects were compared, and where the verdicts differ."""
    validator = Validator("stix")
    options = ValidationOptions(version="2.1")
    found: list[Difference] = []
    count = 0
    for name, item in objects():
        count += 1
        ours = [issue.code for issue in validator.check(item) if issue.severity is Severity.ERROR]
        theirs, crashed = _theirs(item, options)
        if bool(ours) != bool(theirs) or crashed:
            found.append(Difference(name, _reason(ours, theirs, crashed)))
    return count, tuple(found)


def _theirs(item: StixObject, options: ValidationOptions) -> tuple[str, bool]:
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            return " ".join(map(str, validate_instance(item, options).errors)), False
        except Exception as error:  # noqa: BLE001 (whatever it crashes with is what we want to know)
            return str(error), True


def _reason(ours: list[str], theirs: str, crashed: bool) -> Reason | None:
    for reason in REASONS:
        if crashed:
            fits = reason.side == "crash" and reason.sign in theirs
        elif theirs:
            fits = reason.side == "theirs" and reason.sign in theirs
        else:
            fits = reason.side == "ours" and reason.sign in ours
        if fits:
            return reason
    return None


def page() -> str:
    """The table as Markdown."""
    count, found = differences()
    lines = [
        "# Our verdicts and those of stix2-validator",
        "",
        f"Made by `python -m tests.validate.differences`; a test keeps it so. {count:,} objects were shown to both:",
        "the corpus, what `convert` writes, and the files of the rules. Compared is whether there is an error, in our",
        f"profile `stix`. They agree on {count - len(found):,} and differ on {len(found):,}, for one of these reasons.",
        "",
        "| who refuses | sign | objects | why | for example |",
        "|---|---|---|---|---|",
    ]
    names = {"ours": "only we", "theirs": "only stix2-validator", "crash": "stix2-validator ends with an exception"}
    for reason in REASONS:
        mine = [difference.name for difference in found if difference.reason == reason]
        if mine:
            sign = f"`{reason.sign}`"
            lines.append(f"| {names[reason.side]} | {sign} | {len(mine)} | {reason.why} | {mine[0]} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
