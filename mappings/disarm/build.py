"""Builds the release files of this folder from DISARM's official bundles and a file of collected facts.

    python mappings/disarm/build.py FACTS.json BUNDLE-1.6.json BUNDLE-1.7.json

Only facts are written (see README.md here). Where facts and bundle disagree the build stops.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from disarm_exchange.disarm.official_bundle import BundleFacts, read_official_bundle
from disarm_exchange.disarm.release_import import render, tactic_rows, technique_row

HERE = Path(__file__).resolve().parent
NEWEST = "1.7"
KINDS = (  # the first word found in a basis decides; the facts say a basis in free words
    ("no successor", "none"),
    ("proposal, low", "weak-proposal"),
    ("proposal", "proposal"),
    ("incident rewrites", "practice"),
    ("DISARM text", "documented"),
    ("master change note", "documented"),
)


def main(facts_file: str, *bundle_files: str) -> None:
    """Write one file for each bundle; its release is the end of the bundle file's name (`DISARM-1.7.json`)."""
    facts = json.loads(Path(facts_file).read_text(encoding="utf-8"))
    for bundle_file in bundle_files:
        release = Path(bundle_file).stem.rpartition("-")[2]
        content = build(release, read_official_bundle(Path(bundle_file)), facts)
        target = HERE / f"{release}.json"
        target.write_text(render(content), encoding="utf-8")
        print(f"{target.name}: {len(content['techniques'])} techniques, {len(content['retired'])} retired")  # noqa: T201


def build(release: str, bundle: BundleFacts, facts: dict) -> dict:
    """The content of one release file."""
    newest = release == NEWEST
    if bundle.doubles:
        raise SystemExit(f"the bundle holds {bundle.doubles[0].id} twice")
    known = {technique.id for technique in bundle.techniques}
    if newest:
        listed = {row["id"]: (row["name"], tuple(row["tactic_ids"]), row["parent_id"]) for row in facts["techniques"]}
        for technique in bundle.techniques:
            if listed.get(technique.id) != (technique.name, technique.tactic_ids, technique.parent_id):
                raise SystemExit(f"facts and bundle disagree on {technique.id}")
        if listed.keys() != known:
            raise SystemExit("facts and bundle hold different techniques")
    origin = facts["source"] if newest else facts["source_v1_6"]
    maps = facts["stix_id_map"]
    first = maps.get(f"v{release.replace('.', '_')}_first_release_20260120", {})
    retired_ids = {row["id"] for row in facts["retired_techniques"]}
    return {
        "$schema": "../../schemas/disarm-release.schema.json",
        "release": release,
        "released": origin["commit_date"] if newest else origin["bundle_date"],
        "source": {
            "repository": f"https://github.com/{origin['repo']}",
            "commit": origin["commit"] if newest else origin["bundle_commit"],
            "bundle": bundle.bundle_id,
        },
        "technique_url": bundle.techniques[0].url.replace(bundle.techniques[0].id, "{id}"),
        "tactics": tactic_rows(bundle),
        "techniques": [
            technique_row(
                technique, list(dict.fromkeys([technique.stix_id, first.get(technique.id, technique.stix_id)]))
            )
            for technique in bundle.techniques
        ],
        "retired": [retired(row, known) for row in facts["retired_techniques"] if row["id"] in retired_ids - known],
        "renamed": [
            {
                "id": row["id"],
                "old": row["old"],
                "new": row["new"],
                "from_release": row["from_bundle"].removeprefix("v"),
                "to_release": row["to_bundle"].removeprefix("v"),
            }
            for row in facts["renamed_techniques"]
            if row["id"] in known and row["new"] == next(t.name for t in bundle.techniques if t.id == row["id"])
        ],
        "retired_tactics": [
            {
                "id": row["id"],
                "name": row["name"],
                "last_release": row["last_bundle"].removeprefix("v"),
                "stix_ids": [row["stix_id"]],
            }
            for row in facts["retired_tactics"]
            if row["id"] not in {tactic.id for tactic in bundle.tactics}
        ],
    }


def retired(row: dict, known: set[str]) -> dict:
    """A retired id with those successors that the release has."""
    successors = [successor for successor in row["proposed_successors"] if successor in known]
    basis = row["basis"]
    if len(successors) < len(row["proposed_successors"]):
        later = ", ".join(successor for successor in row["proposed_successors"] if successor not in known)
        basis += f"; {later} came in a later release"
    kind = next(kind for words, kind in KINDS if words in basis) if successors else "none"
    return {
        "id": row["id"],
        "name": row["last_name"],
        "last_release": row["last_bundle"].removeprefix("v"),
        "successors": successors,
        "kind": kind,
        "basis": basis,
        "stix_ids": [row["stix_id_last"]],
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
