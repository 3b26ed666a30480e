"""Drafting a source profile for a table that none knows: by its headings, and by what its cells read as.

A draft is a proposal for an analyst to correct, valid against the schema as it stands. It guesses at columns, never at
what they mean for the case: labels are taken from columns, no label and no platform is invented.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from disarm_exchange.findings.columns import fold_header
from disarm_exchange.findings.roles import is_role
from disarm_exchange.findings.sampling import OBSERVED, Sample
from disarm_exchange.findings.values import Kind, read_cell
from disarm_exchange.findings.values.mentions import only_platforms

DRAFT_ID = "drafted-layout"
_TECHNIQUE_HEADING = r"^\s*T\d{4}(\.\d{3})?(?![\d.])"
_LEAST_TECHNIQUES = 3

_TYPE_NAMES = {
    Kind.DOMAIN: "domain_name", Kind.URL: "url", Kind.EMAIL: "email", Kind.IPV4: "ip", Kind.IPV6: "ip", Kind.MD5: "md5",
    Kind.SHA1: "sha1", Kind.SHA256: "sha256", Kind.SHA512: "sha512", Kind.HASHTAG: "hashtag", Kind.WALLET: "wallet",
    Kind.APP: "app",
}  # fmt: skip
_HEADINGS = {
    "type": "type|indicator type|ioc type|indicator kind|observable type|artifact type",
    "value": "indicator|indicators|indicator value|ioc|iocs|value|observable|artifact|artefact|asset|finding|entity",
    "handle": "handle|username|user name|login|screen name|account|account name|user screen name|profile",
    "platform": "platform|network|social network|social media|site|service|channel platform",
    "note": "comment|comments|note|notes|remark|remarks|description|details|context|rationale|analysis|commentary",
    "reported": "date|ds|reported|report date|date reported|published|date added|observed|date observed|timestamp",
    "label": "tactic|tactics|technique|techniques|procedure|procedures|ttp|ttps|category|subcategory|behaviour|behavior"
    "|label|phase|disarm|disarm technique|disarm id|activity|method|tag",
    "person": "display name|real name|full name|first name|last name|surname|person|phone|phone number|date of birth"
    "|bio|biography|profile description|user display name|user profile description|home address|owner name",
    "moment": "first seen|last seen|seen|first observed|last observed|created|created at|updated|updated at"
    "|date removed|removed|takedown date",
    "role": "role|role in operation|role in the operation|role in network|asset role|account role|rolle|status|type"
    "|category|classification|class|relation|relationship|relation to operation|affiliation|attribution|part|kind|typ"
    "|kategorie|art",
    "user_id": "user id|userid|account id|page id|channel id|profile id|group id|id|platform id|konto-id|seiten-id",
    "title": "title|name|page|channel|group|page name|page title|channel name|channel title|group name|language|lang"
    "|country|location|sprache|land|titel|seitenname|kanalname",
    "elsewhere": "source|sources|reference|references|report|report url|evidence|screenshot|archive|archive url"
    "|link to report",
}  # fmt: skip
_PLAIN_ROLES = frozenset(
    ("role", "rolle", "role in operation", "role in the operation", "role in network", "asset role")
)
_NAMES = {role: frozenset(names.split("|")) for role, names in _HEADINGS.items()}
_DAY_FORMS = (
    "%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%Y%m%d",
    "%Y-%m-%dT%H:%M:%SZ",
)  # fmt: skip
_DOUBTFUL_FORMS = (("%d/%m/%Y", "%m/%d/%Y"), ("%d-%m-%Y", "%m-%d-%Y"))
_SPACES = re.compile(r"\s")
_NUMBER = re.compile(r"[~<>+-]?\d[\d.,' ]*[kKmM%]?")


@dataclass(frozen=True, slots=True)
class ColumnLook:
    """What a column looks like in the sample."""

    place: int
    heading: str
    filled: int
    distinct: int
    kinds: Counter[Kind]
    words: float
    """Words in a cell, on average."""

    def is_named(self, role: str) -> bool:
        """Whether its heading is one that such a column goes by."""
        return fold_header(self.heading) in _NAMES[role]

    def share(self, kinds: Iterable[Kind]) -> float:
        """Which part of the filled cells is of these kinds."""
        return sum(self.kinds[kind] for kind in kinds) / self.filled if self.filled else 0.0


def look_at(sample: Sample) -> list[ColumnLook]:
    """What each column with a heading looks like."""
    looks = []
    for place, heading in enumerate(sample.header):
        if not fold_header(heading):
            continue
        cells = sample.column(place)
        kinds = Counter(read_cell(cell)[0].kind for cell in cells)
        words = sum(len(_SPACES.split(cell)) for cell in cells) / len(cells) if cells else 0.0
        looks.append(ColumnLook(place, heading.strip(), len(cells), len(set(cells)), kinds, words))
    return looks


def draft_profile(sample: Sample) -> dict[str, object] | None:
    """A source profile for the sampled table, valid against `schemas/source-profile.schema.json`; None if it has no
    column that values could stand in."""
    looks = look_at(sample)
    techniques = [look for look in looks if re.search(_TECHNIQUE_HEADING, look.heading)]
    if len(techniques) >= _LEAST_TECHNIQUES:
        return _wide(sample, looks, techniques)
    return _table(sample, looks)


def _table(sample: Sample, looks: list[ColumnLook]) -> dict[str, object] | None:
    free = list(looks)
    columns: dict[str, object] = {}
    role = _take(free, "role", lambda look: _tells_roles(look, sample.column(look.place)))
    kind = _take(free, "type", lambda look: look.distinct <= max(20, look.filled // 5))
    platform = _take(free, "platform", lambda look: _is_of_platforms(sample.column(look.place)))
    reported, forms, doubt = _dates(sample, free)
    private = [look for look in free if look.is_named("person")]
    free = [look for look in free if look not in private]
    values = _values(free, typed=kind is not None)
    if not values:
        return None
    free = [look for look in free if look not in values]
    accounts = _accounts(free, values, sample) if kind is None else {}
    labels = [look for look in free if look.is_named("label")]
    if not labels and kind is None:
        words = [look for look in free if not all(map(_is_number, sample.column(look.place)))]
        labels = [look for look in words if _is_category(look, len(sample.rows))]
    free = [look for look in free if look not in labels]
    note = _take(free, "note", lambda look: look.filled > 0)

    if labels:
        columns["labels"] = [_column(look, required=_is_full(look, sample)) for look in labels]
    if len(values) == 1 or kind is not None:
        columns["value"] = {"names": [values[0].heading]}
    else:
        columns["values"] = [_value(look, required=_is_full(look, sample)) for look in values]
    for name, look in (("type", kind), ("platform", platform), ("note", note), ("reported", reported)):
        if look is not None:
            columns[name] = _column(look, required=name == "type")
    columns |= accounts
    if role is not None:
        columns["role"] = _column(role, required=False)
    if private:
        columns["private"] = [{"names": [look.heading for look in private]}]
    return {
        "id": DRAFT_ID,
        "title": f"Table with {', '.join(look.heading for look in looks[:4])}"[:120],
        "description": _advice(sample, doubt, labels=bool(labels) or kind is not None, role=role is not None),
        "layout": "table",
        "columns": columns,
        **({"date_formats": forms} if reported is not None else {}),
    }


def _tells_roles(look: ColumnLook, cells: list[str]) -> bool:
    """Whether a column says whose values are: by its words, or by a heading that can mean nothing else."""
    known = sum(map(is_role, cells))
    return bool(cells) and (2 * known >= len(cells) or (known > 0 and fold_header(look.heading) in _PLAIN_ROLES))


def _accounts(free: list[ColumnLook], values: list[ColumnLook], sample: Sample) -> dict[str, object]:
    """The columns with login and id of the accounts whose addresses are the values."""
    found: dict[str, object] = {}
    for name, heading in (("login", "handle"), ("user_id", "user_id")):
        look = next((look for look in free if look.is_named(heading) and look.filled and look not in values), None)
        if look is not None and (name == "login" or all(cell.isalnum() for cell in sample.column(look.place))):
            free.remove(look)
            found[name] = _column(look, required=False)
    return found


def _advice(sample: Sample, doubt: str, *, labels: bool, role: bool) -> str:
    said = [f"Drafted from {len(sample.rows)} rows: check every column before you use it."]
    if not labels and not role:
        said.append(
            'No column of labels was told; add one, or a {"constant": ...} label, or nothing can be mapped. '
            "Nor does a column say whose the values are; add one as `role`, or give --role to convert if all are the "
            "operation's."
        )
    if doubt:
        said.append(doubt)
    return " ".join(said)


def _values(free: list[ColumnLook], *, typed: bool) -> list[ColumnLook]:
    """The columns of values; never none."""
    observed = [look for look in free if look.share(OBSERVED) >= 0.5 and not look.is_named("elsewhere")]
    addresses = [look for look in observed if not look.is_named("handle")]
    observed = addresses or observed  # the logins beside addresses are columns of their own
    named = [look for look in free if look.is_named("value")]
    if typed:
        return (named or observed or free)[:1]
    if observed:
        only = [look for look in observed if look in named]
        return only if len(only) == 1 else observed
    handles = [look for look in free if look.is_named("handle")]
    if named or handles:
        return (named or handles)[:1]
    # Words only: what differs most from row to row is what the rows are about.
    return sorted(free, key=lambda look: (-look.distinct, look.words, look.place))[:1]


def _take(free: list[ColumnLook], role: str, fits: object) -> ColumnLook | None:
    """The first column named for a role that also looks the part; it is then no longer free."""
    assert callable(fits)
    for look in free:
        if look.is_named(role) and fits(look):
            free.remove(look)
            return look
    return None


def _is_of_platforms(cells: list[str]) -> bool:
    return bool(cells) and sum(bool(only_platforms(cell)) for cell in cells) >= len(cells) / 2


def _is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell) is not None


def _is_category(look: ColumnLook, rows: int) -> bool:
    """Few texts that repeat: what a taxonomy looks like."""
    return (
        look.filled >= rows / 2
        and 1 <= look.distinct <= max(3, rows // 5)
        and look.share((Kind.NAME, Kind.TEXT)) >= 0.9
        and look.words <= 8
        and not any(look.is_named(role) for role in ("note", "handle", "reported", "moment", "title"))
    )


def _dates(sample: Sample, free: list[ColumnLook]) -> tuple[ColumnLook | None, list[str], str]:
    """The column of dates, the forms it is written in, and what is doubtful about them."""
    for look in sorted(free, key=lambda look: not look.is_named("reported")):
        cells = sample.column(look.place)
        forms, doubt = _forms(cells)
        if forms:
            free.remove(look)
            return look, forms, f"{doubt} ({look.heading})" if doubt else ""
    return None, [], ""


def _forms(cells: list[str]) -> tuple[list[str], str]:
    if not cells or all(cell.isdigit() and len(cell) < 8 for cell in cells):
        return [], ""
    for form in _DAY_FORMS:
        if all(_parses(cell, form) for cell in cells):
            return [form], ""
    for day_first, month_first in _DOUBTFUL_FORMS:
        day, month = (all(_parses(cell, form) for cell in cells) for form in (day_first, month_first))
        if day and month:
            return [day_first], f"Nothing tells day from month in the dates: {day_first} is a guess"
        if day or month:
            return [day_first if day else month_first], ""
    return [], ""


def _parses(cell: str, form: str) -> bool:
    try:
        datetime.strptime(cell, form)
    except ValueError:
        return False
    return True


def _column(look: ColumnLook, *, required: bool = True) -> dict[str, object]:
    return {"names": [look.heading]} if required else {"names": [look.heading], "required": False}


def _value(look: ColumnLook, *, required: bool) -> dict[str, object]:
    column = _column(look, required=required)
    kind = look.kinds.most_common(1)[0][0] if look.kinds else None
    if kind in _TYPE_NAMES and look.share((kind,)) >= 0.9:
        column["type"] = column["label"] = _TYPE_NAMES[kind]
    return column


def _is_full(look: ColumnLook, sample: Sample) -> bool:
    """Whether every row has it: in JSON, what a record lacks is no column of it."""
    return look.filled == len(sample.rows)


def _wide(sample: Sample, looks: list[ColumnLook], techniques: list[ColumnLook]) -> dict[str, object]:
    free = [look for look in looks if look not in techniques]
    ticks = Counter(cell.casefold() for look in techniques for cell in sample.column(look.place))
    yes = [cell for cell in ticks if cell not in ("0", "0.0", "false", "no", "-")][:10] or ["1"]
    named = [look for look in free if look.distinct > 1 and look.words <= 12 and look.share(OBSERVED) < 0.5][:3]
    columns: dict[str, object] = {
        "labels": [{"constant": "Wide sheet"}],
        "name": [_column(look, required=False) for look in named or free[:1] or techniques[:1]],
        "ticks": {
            "pattern": _TECHNIQUE_HEADING,
            "at_least": max(1, min(5, len(techniques))),
            "yes": sorted(yes),
            "no": ["0", "0.0", "false", "no", "-"],
        },
    }
    return {
        "id": DRAFT_ID,
        "title": f"Wide sheet with {len(techniques)} technique columns",
        "description": f"Drafted from {len(sample.rows)} rows: check what makes the name, and what a tick is.",
        "layout": "wide-table",
        "columns": columns,
    }
