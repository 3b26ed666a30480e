"""Every way out is known: a command that is in neither list below fails here until somebody has thought about it.

Objects leave the organisation by a push, a TAXII answer, or a page of the server; all go through `policy`. What a
command prints or writes here is for the analyst, who may see the database anyway, unless it is meant for others.
"""

from __future__ import annotations

import ast
from pathlib import Path

import disarm_exchange
from disarm_exchange.cli.app import _COMMANDS

PACKAGE = Path(disarm_exchange.__file__).parent

THROUGH_POLICY = {
    "demo": "publish and serve",
    "object": "export for a clearance: `release`",
    "publish": "`release` in sync.publish",
    "serve": "levels worked out by `sharing_level`, pages and answers filtered by clearance",
    "share": "the plan of a push, shown to the sender",
    "subscribe": "pulls; runs push by policy only",
    "sync": "`Sharing` in sync.selection",
}
"""Commands by which objects can leave, and what of the policy they go through."""

REPORTS = {"compare", "export", "graph", "heatmap", "matrix", "navigator", "report", "table", "timeline"}
"""Commands that write files for others from bundles or the store: `read_source` is how they get their objects."""

STAYS_HERE = {
    "audit", "case", "collection", "completion", "config", "convert", "db", "doctor", "framework", "grant",
    "init", "inspect", "mapping", "migrate", "org", "peer", "probe", "pull", "purge", "quarantine",
    "schema", "token", "user", "validate", "why",
}  # fmt: skip
"""Commands that send nothing and answer nobody: they read files and databases of this machine and write to it."""

SENDERS = {
    "taxii/client/connection.py", "taxii/client/push.py", "sync/push_peer.py", "sync/publish.py", "sync/run.py",
    "sync/outgoing.py", "cli/publish.py", "cli/demo.py", "cli/journey.py",
}  # fmt: skip
"""Files that may name `Push` or `post`: the only ways of sending objects."""


def test_every_command_is_in_one_list() -> None:
    listed = THROUGH_POLICY.keys() | STAYS_HERE | REPORTS
    assert set(_COMMANDS) <= listed, f"new: {set(_COMMANDS) - listed}: does it emit objects? then through the policy"
    assert not THROUGH_POLICY.keys() & STAYS_HERE


def test_reports_read_through_the_policy() -> None:
    present = [PACKAGE / "cli" / f"{name}.py" for name in sorted(REPORTS & _COMMANDS.keys())]
    assert present
    for path in present:
        assert "read_source" in names_in(path), f"{path.name} reads its objects in another way"
    assert "release" in names_in(PACKAGE / "report" / "source.py")


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def test_nothing_else_sends_objects() -> None:
    found = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        if names_in(path) & {"Push", "Pusher"}
        or ("POST" in path.read_text(encoding="utf-8") and "client" in path.parts)
    }
    assert found <= SENDERS, f"{found - SENDERS} can send objects: through the policy?"


def test_what_sends_goes_through_the_policy() -> None:
    assert {"share", "Sharing"} & names_in(PACKAGE / "sync" / "selection.py")
    assert "release" in names_in(PACKAGE / "sync" / "publish.py")
    assert "release" in names_in(PACKAGE / "cli" / "object.py")
    for path in (PACKAGE / "taxii" / "server").rglob("*.py"):
        if names_in(path) & {"read_bodies", "read_records"}:
            assert "clearance" in names_in(path) or "clearance" in path.read_text(encoding="utf-8"), path
    for path in (PACKAGE / "web").rglob("*.py"):
        if names_in(path) & {"iter_objects", "latest_object", "read_bodies", "newest_anywhere"}:
            assert "clearance" in path.read_text(encoding="utf-8"), path
