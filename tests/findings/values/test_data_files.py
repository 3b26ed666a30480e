"""The data behind the values: valid by schema, without doubles, and usable as a whole."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import jsonschema
import pytest

from disarm_exchange.findings.values.directory import place_of
from disarm_exchange.findings.values.mentions import platforms_named
from disarm_exchange.findings.values.model import Kind
from disarm_exchange.findings.values.platforms import platform_data
from disarm_exchange.findings.values.typed import read_typed
from disarm_exchange.resources import data_folder
from disarm_exchange.stix.hosts import domain_name, ipv4_address, ipv6_address

VALUES = data_folder("mappings") / "values"
GUARDS = sorted((VALUES / "guards").glob("*.json"))


def load(path: Path) -> dict[str, object]:
    content = json.loads(path.read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def guard_entries(path: Path) -> list[dict[str, str]]:
    entries = load(path)["entries"]
    assert isinstance(entries, list)
    return entries


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        (VALUES / "platforms.json", "platforms"),
        (VALUES / "count-words.json", "count-words"),
        (VALUES / "indicator-types.json", "indicator-types"),
        (VALUES / "roles.json", "role-words"),
        *((path, "guard-list") for path in GUARDS),
    ],
    ids=lambda part: part.name if isinstance(part, Path) else part,
)
def test_a_data_file_is_as_its_schema_says(path: Path, schema: str) -> None:
    rules = json.loads((data_folder("schemas") / f"{schema}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(rules)
    assert [error.message for error in jsonschema.Draft202012Validator(rules).iter_errors(load(path))] == []


def test_a_host_stands_in_one_place_only() -> None:
    hosts = [
        host for platform in platform_data().platforms.values() for host in (*platform.hosts, *platform.short_hosts)
    ]
    hosts += [entry["host"] for path in GUARDS for entry in guard_entries(path) if "host" in entry]
    assert [host for host, times in Counter(hosts).items() if times > 1] == []
    assert len(hosts) > 3_000


def test_every_host_is_in_canonical_form() -> None:
    for path in GUARDS:
        for entry in guard_entries(path):
            host = entry.get("host")
            if host is not None and "." in host:
                assert domain_name(host) == (host, None), host
    for platform in platform_data().platforms.values():
        for host in (*platform.hosts, *platform.short_hosts):
            assert domain_name(host) == (host, None), host


def test_every_guard_list_is_named_as_its_file_and_is_large_enough() -> None:
    sizes = {path.stem: len(guard_entries(path)) for path in GUARDS}
    assert all(load(path)["list"] == path.stem for path in GUARDS)
    assert sizes["outlets"] > 500
    assert sizes["shorteners"] > 300
    assert sizes["hosts"] > 300
    assert sizes["services"] > 200
    assert sizes["institutions"] > 200


def test_every_guarded_host_is_found() -> None:
    for path in GUARDS:
        for entry in guard_entries(path):
            host = entry.get("host")
            if host is not None:
                place = place_of(f"www.{host}")
                assert place is not None
                assert (place.guard.list, place.guard.entry) == (path.stem, host)


def test_guarded_networks_are_networks() -> None:
    blocks = [entry["network"] for path in GUARDS for entry in guard_entries(path) if "network" in entry]
    assert blocks
    for block in blocks:
        address, _, prefix = block.partition("/")
        assert ipv4_address(address) or ipv6_address(address)
        assert prefix.isdigit()


def test_every_platform_pattern_compiles_to_something_that_can_match() -> None:
    raw = load(VALUES / "platforms.json")["platforms"]
    assert isinstance(raw, list)
    for platform in raw:
        for pattern in (*platform["urls"], *platform.get("sites", {}).get("urls", [])):
            fields = set(re.findall(r"\{([a-z]+)", pattern["path"] + "".join(pattern.get("query", {}).values())))
            templates = [pattern.get(key) or "" for key in ("login", "user_id", "item", "profile")]
            used = {name for template in templates for name in re.findall(r"\{([a-z]+)\}", template)}
            assert used <= fields | {"login", "id", "host", "site", "spelling"}, pattern
            assert not ({"id"} & used - fields) or pattern.get("user_id"), pattern


def test_every_platform_is_recognised_by_its_names() -> None:
    for platform in platform_data().platforms.values():
        for name in (*platform.names, *platform.exact_names):
            assert platform.key in platforms_named(f"accounts on {name}"), name


def test_every_indicator_type_promises_a_known_kind_and_platform() -> None:
    types = load(VALUES / "indicator-types.json")["types"]
    assert isinstance(types, list)
    names = [re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") for each in types for name in each["names"]]
    assert [name for name, times in Counter(names).items() if times > 1] == []
    for each in types:
        assert all(Kind(kind) for kind in each["kinds"])
        assert each.get("platform") is None or each["platform"] in platform_data().platforms
        assert read_typed("", each["names"][0]).kind is Kind.EMPTY
