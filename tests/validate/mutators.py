"""Ways to break one thing in a sound bundle. Each takes the bundle and an object in it, and breaks it or says no."""

from __future__ import annotations

import copy
from collections.abc import Callable

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import TLP2_EXTENSION, Tlp
from disarm_exchange.stix.project import EVIDENCE_EXTENSION, OPENCTI_EXTENSION

Mutator = Callable[[list[StixObject], StixObject], bool]
"""Breaks the object (or the bundle around it) in place; False where there is nothing to break this way."""

NOBODY = "00000000-0000-4000-8000-000000000000"


def drops(name: str) -> Mutator:
    def mutate(_bundle: list[StixObject], item: StixObject) -> bool:
        return item.pop(name, None) is not None

    return mutate


def sets(name: str, value: object, *types: str, only_if_there: bool = True) -> Mutator:
    def mutate(_bundle: list[StixObject], item: StixObject) -> bool:
        if (types and item["type"] not in types) or (only_if_there and name not in item):
            return False
        item[name] = copy.deepcopy(value)
        return True

    return mutate


def renames(old: str, new: str) -> Mutator:
    def mutate(_bundle: list[StixObject], item: StixObject) -> bool:
        if old not in item:
            return False
        item[new] = item.pop(old)
        return True

    return mutate


def changes(name: str, change: Callable[[str], str], *types: str) -> Mutator:
    def mutate(_bundle: list[StixObject], item: StixObject) -> bool:
        value = item.get(name)
        if (types and item["type"] not in types) or not isinstance(value, str) or change(value) == value:
            return False
        item[name] = change(value)
        return True

    return mutate


def in_reference(key: str, value: str) -> Mutator:
    def mutate(_bundle: list[StixObject], item: StixObject) -> bool:
        if item["type"] != "attack-pattern":
            return False
        item["external_references"][0][key] = value  # type: ignore[index]
        return True

    return mutate


def in_evidence(key: str, value: object) -> Mutator:
    def mutate(_bundle: list[StixObject], item: StixObject) -> bool:
        extensions = item.get("extensions")
        if not isinstance(extensions, dict) or EVIDENCE_EXTENSION not in extensions:
            return False
        extensions[EVIDENCE_EXTENSION][key] = value
        return True

    return mutate


def without_object(object_type: str) -> Mutator:
    def mutate(bundle: list[StixObject], item: StixObject) -> bool:
        if item["type"] != object_type:
            return False
        bundle.remove(item)
        return True

    return mutate


def swaps_ends(_bundle: list[StixObject], item: StixObject) -> bool:
    if item["type"] != "relationship":
        return False
    item["source_ref"], item["target_ref"] = item["target_ref"], item["source_ref"]
    return True


def relates_to_itself(_bundle: list[StixObject], item: StixObject) -> bool:
    if item["type"] != "relationship":
        return False
    item["target_ref"] = item["source_ref"]
    return True


def repeats(change: bool) -> Mutator:
    def mutate(bundle: list[StixObject], item: StixObject) -> bool:
        twin = copy.deepcopy(item)
        if change:
            twin["x_harbour"] = "changed"
        bundle.insert(bundle.index(item), twin)
        return True

    return mutate


def same_uuid(bundle: list[StixObject], item: StixObject) -> bool:
    if item["type"] != "note":
        return False
    campaign = next(other for other in bundle if other["type"] == "campaign")
    item["id"] = f"note--{str(campaign['id']).partition('--')[2]}"
    report = next(other for other in bundle if other["type"] == "report")
    report["object_refs"].append(item["id"])  # type: ignore[attr-defined]
    return True


def forges_tlp(_bundle: list[StixObject], item: StixObject) -> bool:
    if item["type"] != "marking-definition":
        return False
    item["extensions"][TLP2_EXTENSION]["tlp_2_0"] = "red"  # type: ignore[index]
    return True


def leaves_out_of_report(bundle: list[StixObject], item: StixObject) -> bool:
    refs = bundle[-1]["object_refs"]
    assert isinstance(refs, list)
    if item["id"] not in refs or item["type"] == "extension-definition":
        return False
    refs.remove(item["id"])
    return True


def revokes_and_goes_on(bundle: list[StixObject], item: StixObject) -> bool:
    if "modified" not in item:
        return False
    later = {**copy.deepcopy(item), "modified": "2030-01-01T00:00:00.000Z"}
    item["revoked"] = True
    bundle.append(later)
    return True


def own_opencti_id(_bundle: list[StixObject], item: StixObject) -> bool:
    if item["type"] != "attack-pattern":
        return False
    item["extensions"][OPENCTI_EXTENSION]["id"] = "T0001"  # type: ignore[index]
    return True


def wrong_phase(_bundle: list[StixObject], item: StixObject) -> bool:
    if item["type"] != "attack-pattern":
        return False
    item["kill_chain_phases"][0]["phase_name"] = "plan-strategy"  # type: ignore[index]
    return True


def live(text: str) -> Mutator:
    return sets("description", text, "campaign", "indicator", "report", only_if_there=False)


MUTATORS: dict[str, Mutator] = {
    "type missing": drops("type"),
    "id missing": drops("id"),
    "created missing": drops("created"),
    "modified missing": drops("modified"),
    "spec_version missing": changes("spec_version", lambda _: "2.0.0"),
    "name missing": drops("name"),
    "marking missing": drops("object_marking_refs"),
    "producer missing": drops("created_by_ref"),
    "confidence missing": drops("confidence"),
    "extensions missing on a technique call": lambda _b, i: (
        i["type"] == "relationship" and bool(i.pop("extensions", 0))
    ),
    "type misspelt": changes("type", lambda text: text + "s"),
    "type in capitals": changes("type", str.upper),
    "id of another type": changes("id", lambda text: "tool--" + text.partition("--")[2]),
    "id cut short": changes("id", lambda text: text[:-3]),
    "id with one hyphen": changes("id", lambda text: text.replace("--", "-")),
    "created without a zone": changes("created", lambda text: text.removesuffix("Z")),
    "modified before created": changes("modified", lambda _: "2001-01-01T00:00:00.000Z"),
    "an impossible date": changes("created", lambda _: "2026-02-30T00:00:00.000Z"),
    "name misspelt": renames("name", "naem"),
    "pattern misspelt": renames("pattern", "patern"),
    "name null": sets("name", None),
    "name a number": sets("name", 7),
    "name blank": sets("name", " "),
    "labels empty": sets("labels", [], only_if_there=False),
    "confidence too high": sets("confidence", 101),
    "language unknown": sets("lang", "klingon", "campaign", "note", "report", only_if_there=False),
    "creator unknown": sets("created_by_ref", f"identity--{NOBODY}"),
    "creator no identity": sets("created_by_ref", f"tool--{NOBODY}"),
    "marking unknown": sets("object_marking_refs", [f"marking-definition--{NOBODY}"]),
    "marking no marking": sets("object_marking_refs", [f"identity--{NOBODY}"]),
    "two colours": sets("object_marking_refs", [Tlp.CLEAR.marking_id, Tlp.RED.marking_id]),
    "TLP forged": forges_tlp,
    "report wider than its objects": sets("object_marking_refs", [Tlp.CLEAR.marking_id], "report"),
    "selector that selects nothing": sets(
        "granular_markings", [{"selectors": ["nothing"], "marking_ref": Tlp.AMBER.marking_id}], only_if_there=False
    ),
    "pattern without brackets": changes("pattern", lambda text: text.strip("[]")),
    "pattern on a victim": sets("pattern", "[domain-name:value = 'bbc.co.uk']"),
    "valid_until before valid_from": sets("valid_until", "2001-01-01T00:00:00Z", "indicator", only_if_there=False),
    "observable's value changed": changes("value", lambda text: text + "x", "domain-name", "url"),
    "login changed": changes("account_login", lambda text: text + "x"),
    "hash cut short": sets("hashes", {"SHA-256": "ab" * 31}),
    "hash misnamed": sets("hashes", {"SHA256": "ab" * 32}),
    "URL defanged": changes("value", lambda text: text.replace(".", "[.]"), "url", "domain-name"),
    "relationship to nowhere": sets("target_ref", f"campaign--{NOBODY}"),
    "relationship of one's own making": sets("relationship_type", "knows", "relationship"),
    "ends swapped": swaps_ends,
    "related to itself": relates_to_itself,
    "evidence of nothing": in_evidence("evidence_count", 0),
    "evidence without rules": in_evidence("rules", []),
    "evidence with a secret field": in_evidence("analyst", "A. Finder"),
    "evidence of more than twenty rows": in_evidence("evidence", [{"label": str(n)} for n in range(21)]),
    "technique unknown": in_reference("external_id", "T9999"),
    "technique malformed": in_reference("external_id", "0146.003"),
    "technique retired": in_reference("external_id", "T0007"),
    "technique of ATT&CK": in_reference("source_name", "mitre-attack"),
    "technique of another name": sets("name", "Use Bots", "attack-pattern"),
    "technique of another phase": wrong_phase,
    "OpenCTI's id of another technique": own_opencti_id,
    "negative count": sets("count", -1),
    "place no place": sets("where_sighted_refs", [f"campaign--{NOBODY}"]),
    "note about nothing": sets("object_refs", [], "note"),
    "report without a date": drops("published"),
    "object outside the report": leaves_out_of_report,
    "object twice": repeats(change=False),
    "object twice, changed": repeats(change=True),
    "one UUID for two": same_uuid,
    "revoked and gone on": revokes_and_goes_on,
    "producer's identity left out": without_object("identity"),
    "extension definition left out": without_object("extension-definition"),
    "campaign left out": without_object("campaign"),
    "technique left out": without_object("attack-pattern"),
    "live link": live("see https://harbour-echo.example/a"),
    "e-mail address": live("by jane.doe@mail.example"),
}
