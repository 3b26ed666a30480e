"""Files of mapping rules: read, checked against their schema and a DISARM release, every fault with its line."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jsonschema_rs

from disarm_exchange.disarm.catalogue import Catalogue, Technique, known_releases
from disarm_exchange.disarm.conditions import Condition, condition_from
from disarm_exchange.disarm.confidence import NUMBERS
from disarm_exchange.disarm.json_places import line_of
from disarm_exchange.errors import UserError
from disarm_exchange.resources import data_folder

_LARGEST_FILE = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class TechniqueEntry:
    """A technique that a rule calls, with its STIX confidence (0 to 100) and why."""

    id: str
    confidence: int
    reason: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a file; see `mappings/rules/README.md` for what its parts mean."""

    id: str
    labels: tuple[str, ...]
    of: tuple[str, ...]
    when: tuple[Condition, ...]
    techniques: tuple[TechniqueEntry, ...]
    unmapped: str | None
    value_role: str | None
    include: tuple[str, ...]
    include_at_most: int
    replaces: bool
    release: str
    path: Path
    number: int

    @property
    def place(self) -> str:
        """File and line. Read anew when asked, which is seldom: our own files hold hundreds of rules."""
        try:
            return f"{self.path}:{line_of(self.path.read_text(encoding='utf-8-sig'), ('rules', self.number))}"
        except OSError:
            return str(self.path)


@dataclass(frozen=True, slots=True)
class RuleFile:
    """The rules of one file, in its order."""

    path: Path
    source: str
    title: str
    release: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class RuleFault:
    """What is wrong with a rule file, where, and what to do about it."""

    where: str
    problem: str
    fix: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}" + (f" ({self.fix})" if self.fix else "")


def built_in_rule_files() -> tuple[Path, ...]:
    """The rule files that come with the project, in order of their names."""
    return tuple(sorted((data_folder("mappings") / "rules").glob("*.json")))


def read_rule_file(path: Path) -> RuleFile:
    """The rules of a file.

    Raises:
        UserError: the first fault of the file, and how many more there are.
    """
    rule_file, faults = check_rule_file(path)
    if rule_file is None or faults:
        first = faults[0]
        more = f"; {len(faults) - 1} more faults in this file" if len(faults) > 1 else ""
        raise UserError(first.problem + more, where=first.where, fix=first.fix)
    return rule_file


def check_rule_file(path: Path) -> tuple[RuleFile | None, list[RuleFault]]:
    """The rules of a file (None if it is no rule file at all) and all its faults."""
    try:
        text = _text_of(path)
        content = json.loads(text, object_pairs_hook=_without_doubles)
    except UserError as error:
        return None, [RuleFault(error.where, error.problem, error.fix)]
    except json.JSONDecodeError as error:
        return None, [RuleFault(f"{path}:{error.lineno}", f"is not JSON: {error.msg} at column {error.colno}")]
    except _DoubleKeyError as error:
        return None, [RuleFault(str(path), f"the key {error.key!r} stands twice in one object")]
    except RecursionError:
        return None, [RuleFault(str(path), "is nested too deep")]
    faults = [
        RuleFault(f"{path}:{line_of(text, error.instance_path)}", error.message)
        for error in _schema().iter_errors(content)
    ]
    if faults:
        return None, faults
    rule_file = _rule_file(path, content)
    return rule_file, _faults(rule_file, text, content)


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise UserError(f"is larger than {_LARGEST_FILE:,} bytes", where=str(path))
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", where=str(path)) from None
    except UnicodeDecodeError:
        raise UserError("is not UTF-8 text", where=str(path)) from None


class _DoubleKeyError(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    content = dict(pairs)
    if len(content) < len(pairs):
        keys = [key for key, _ in pairs]
        raise _DoubleKeyError(next(key for key in keys if keys.count(key) > 1))
    return content


@cache
def _schema() -> jsonschema_rs.Draft202012Validator:
    path = data_folder("schemas") / "mapping-rules.schema.json"
    return jsonschema_rs.Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))


def _rule_file(path: Path, content: dict[str, object]) -> RuleFile:
    items = content["rules"]
    assert isinstance(items, list)
    return RuleFile(
        path=path,
        source=str(content["source"]),
        title=str(content["title"]),
        release=str(content["release"]),
        rules=tuple(_rule(item, str(content["release"]), path, number) for number, item in enumerate(items)),
    )


def _rule(item: dict[str, object], release: str, path: Path, number: int) -> Rule:
    techniques = item.get("techniques", [])
    assert isinstance(techniques, list)
    return Rule(
        id=str(item["id"]),
        labels=_texts(item.get("labels")),
        of=_texts(item.get("of")),
        when=_conditions(item.get("when")),
        techniques=tuple(
            TechniqueEntry(entry["id"], NUMBERS[entry["confidence"]], entry["reason"]) for entry in techniques
        ),
        unmapped=str(item["unmapped"]) if "unmapped" in item else None,
        value_role=str(item["value_role"]) if "value_role" in item else None,
        include=_texts(item.get("include")),
        include_at_most=NUMBERS[str(item.get("include_at_most", "high"))],
        replaces=bool(item.get("replaces", False)),
        release=release,
        path=path,
        number=number,
    )


def _conditions(value: object) -> tuple[Condition, ...]:
    parts = value if isinstance(value, list) else [value]
    return tuple(condition_from(part) for part in parts if isinstance(part, dict))


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(part) for part in value) if isinstance(value, list) else ()


def _faults(rule_file: RuleFile, text: str, content: dict[str, object]) -> list[RuleFault]:
    """What the schema cannot see: ids that are double, retired or unknown, names that are not the id's, empty rules."""
    if rule_file.release not in known_releases():
        where = f"{rule_file.path}:{line_of(text, ('release',))}"
        return [
            RuleFault(where, f"no DISARM release {rule_file.release!r} here", f"known: {', '.join(known_releases())}")
        ]
    catalogue = Catalogue.load(rule_file.release)
    found: list[RuleFault] = []
    seen: set[str] = set()
    items = content["rules"]
    assert isinstance(items, list)
    for number, (rule, item) in enumerate(zip(rule_file.rules, items, strict=True)):
        found += [RuleFault(rule.place, f"{rule.id}: {problem}") for problem in _shape_problems(rule)]
        if rule.id in seen:
            found.append(RuleFault(rule.place, f"{rule.id}: this id is given twice in this file"))
        seen.add(rule.id)
        for place, entry in enumerate(item.get("techniques", [])):
            for problem, fix in _technique_problems(entry, catalogue):
                line = line_of(text, ("rules", number, "techniques", place))
                found.append(RuleFault(f"{rule_file.path}:{line}", f"{rule.id}: {problem}", fix))
    return found


def _shape_problems(rule: Rule) -> Iterable[str]:
    if rule.labels and rule.of:
        yield "a rule has either labels or of, not both"
    if rule.techniques and rule.unmapped:
        yield "a rule that calls techniques cannot say that the label is unmapped"
    if not (rule.techniques or rule.unmapped or rule.value_role or rule.include):
        yield "the rule says nothing: give techniques, unmapped, value_role or include"
    ids = [entry.id for entry in rule.techniques]
    for technique_id in sorted({key for key in ids if ids.count(key) > 1}):
        yield f"{technique_id} is called twice"


def _technique_problems(entry: dict[str, object], catalogue: Catalogue) -> Iterable[tuple[str, str]]:
    found = catalogue.lookup(str(entry["id"]))
    if not isinstance(found, Technique):
        yield catalogue.explain(found), ""
    elif "name" in entry and entry["name"] != found.name:
        yield f"{found.id} is named {found.name!r} in DISARM {catalogue.release}, not {entry['name']!r}", ""
