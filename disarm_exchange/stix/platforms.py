"""Online platforms by the names under which STIX objects speak of them: key, account type, hosts.

What a URL on one of them names is read by `findings.values.platforms`, from the same file.
"""

from __future__ import annotations

from functools import cache

import msgspec

from disarm_exchange.resources import data_folder


class KnownPlatform(msgspec.Struct, frozen=True):
    """One platform of `mappings/values/platforms.json`.

    Attributes:
        key: our stable name of it (`stix.project.platform_id`).
        name: its name for readers.
        account_type: of its user-account objects (account-type-ov where that has a term, else the key).
        hosts: where it lives.
    """

    key: str
    name: str
    account_type: str
    hosts: tuple[str, ...]


class _File(msgspec.Struct):
    platforms: tuple[KnownPlatform, ...]


@cache
def known_platforms() -> tuple[KnownPlatform, ...]:
    """Every platform of the data file, in its order."""
    path = data_folder("mappings") / "values" / "platforms.json"
    return msgspec.json.decode(path.read_bytes(), type=_File).platforms
