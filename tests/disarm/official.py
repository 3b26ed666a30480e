"""Small bundles in the form of DISARM's official ones, for releases that do not exist."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import NAMESPACE_OID, uuid5

SITE = "https://github.com/DISARMFoundation/DISARMframeworks-18/blob/main/generated_pages/techniques"
TACTICS = {"TA06": "Develop Content", "TA15": "Establish Assets", "TA16": "Establish Legitimacy"}


def stix_id(kind: str, name: str) -> str:
    """A STIX id for something."""
    return f"{kind}--{uuid5(NAMESPACE_OID, name)}"


def attack_pattern(technique_id: str, name: str, tactic: str, site: str = SITE) -> dict[str, object]:
    """An attack-pattern as DISARM writes it, labelled `mitre-attack`."""
    return {
        "type": "attack-pattern",
        "spec_version": "2.1",
        "id": stix_id("attack-pattern", f"{technique_id} {name}"),
        "created": "2026-05-04T10:00:00.000000Z",
        "modified": "2026-05-04T10:00:00.000000Z",
        "name": name,
        "description": "A text that is DISARM's own and stays in its bundle.",
        "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": phase(tactic)}],
        "external_references": [
            {"source_name": "mitre-attack", "external_id": technique_id, "url": f"{site}/{technique_id}.md"}
        ],
        "x_mitre_is_subtechnique": "." in technique_id,
    }


def phase(tactic: str) -> str:
    """The short name of a tactic."""
    return TACTICS[tactic].lower().replace(" ", "-")


def official_bundle(path: Path, *techniques: tuple[str, str, str], site: str = SITE) -> Path:
    """A bundle of techniques, each an id, a name and the id of its tactic."""
    tactics = [
        {
            "type": "x-mitre-tactic",
            "id": stix_id("x-mitre-tactic", key),
            "modified": "2026-05-04T10:00:00.000000Z",
            "name": name,
            "x_mitre_shortname": phase(key),
            "external_references": [{"source_name": "DISARM", "external_id": key}],
        }
        for key, name in TACTICS.items()
    ]
    matrix = {"type": "x-mitre-matrix", "tactic_refs": [tactic["id"] for tactic in tactics]}
    patterns = [attack_pattern(*technique, site=site) for technique in techniques]
    content = {"type": "bundle", "id": stix_id("bundle", path.name), "objects": [*tactics, matrix, *patterns]}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path
