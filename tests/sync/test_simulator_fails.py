"""The convergence simulator can fail: each rule that is broken on purpose is noticed by it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pathlib import Path

import pytest

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import Tlp
from disarm_exchange.store import writer
from disarm_exchange.sync import merge, outgoing, pull_peer
from disarm_exchange.sync.merge import Fate
from tests.sync.organisations import Organisation, organisations
from tests.sync.test_convergence import CEILING, NAMES, Edit, Forge, Sync, simulate

ALL = [Sync(0, number) for number in range(6)]


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Organisation]]:
    with organisations(
        Path(tmp_path_factory.mktemp("organisations")), *NAMES, clearance=CEILING, inboxes=True
    ) as found:
        yield found


def take_everything(_item: object, _winner: object, _own: object) -> Fate:
    return Fate.TAKE


def nothing_held(*_: object) -> set[tuple[str, str]]:
    return set()


def forget_what_was_sent(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(outgoing, "held_versions", nothing_held)
    patch.setattr(outgoing, "push_mark", lambda *_: None)


def no_senders(_config: object) -> Mapping[str, str]:
    return {}


def everything_shared(item: StixObject, *_: object) -> None:
    return None


BROKEN: list[tuple[str, Callable[[pytest.MonkeyPatch], None], int, str, bool, list[object]]] = [
    (
        "anybody may revise an object",
        lambda patch: patch.setattr(merge, "judge", take_everything),
        3, "mesh", False,
        [Edit(0, "a", Tlp.GREEN), *ALL, Forge(0, "a", own_name=True), *ALL],
    ),
    (
        "anybody may speak in another's name",
        lambda patch: patch.setattr("disarm_exchange.sync.config.SyncConfig.senders", no_senders),
        3, "mesh", False,
        [Edit(0, "a", Tlp.GREEN), *ALL, Forge(0, "a", own_name=False), *ALL],
    ),
    (
        "what was sent is not remembered",
        forget_what_was_sent,
        2, "star", True,
        [Edit(0, "a", Tlp.GREEN), Edit(1, "b", Tlp.GREEN)],
    ),
    (
        "checkpoints are not kept",
        lambda patch: patch.setattr(pull_peer, "set_checkpoint", lambda *_: None),
        2, "ring", False,
        [Edit(0, "a", Tlp.GREEN), *ALL],
    ),
    (
        "nothing is called back from those who pull",
        lambda patch: patch.setattr(writer, "call_back", lambda *arguments: arguments[-1]),
        2, "ring", False,
        [Edit(0, "a", Tlp.GREEN), *ALL, Edit(0, "a", Tlp.RED), *ALL],
    ),
    (
        "markings are not looked at",
        lambda patch: patch.setattr(import_module("disarm_exchange.policy.release"), "refusal", everything_shared),
        2, "ring", True,
        [Edit(0, "a", Tlp.RED), *ALL],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "breaking", "size", "shape", "pushing", "happenings"), BROKEN)
def test_a_broken_rule_is_noticed(
    everybody: list[Organisation],
    monkeypatch: pytest.MonkeyPatch,
    rule: str,
    breaking: Callable[[pytest.MonkeyPatch], None],
    size: int,
    shape: str,
    pushing: bool,
    happenings: list[object],
) -> None:
    simulate(everybody, size, shape, pushing, happenings)
    breaking(monkeypatch)
    with pytest.raises(AssertionError):
        simulate(everybody, size, shape, pushing, happenings)
