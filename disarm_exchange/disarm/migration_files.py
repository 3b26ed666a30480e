"""Migration from file to file: read as often as needed, written whole or not at all."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from hashlib import sha1
from pathlib import Path

from disarm_exchange.disarm.catalogue import Catalogue
from disarm_exchange.disarm.mapping import load_mapping
from disarm_exchange.disarm.migration import Migration
from disarm_exchange.disarm.migration_report import MigrationReport
from disarm_exchange.errors import UserError
from disarm_exchange.stix.bundle import StixObject, atomic_writer, write_bundle
from disarm_exchange.stix.ids import PROJECT_NAMESPACE, derived_id, identity_id
from disarm_exchange.stix.progress import OnStep, unwatched
from disarm_exchange.stix.reading import read_objects
from disarm_exchange.stix.timestamps import format_timestamp


class _Objects:
    """The objects of a file, any number of times."""

    def __init__(self, path: Path, on_step: OnStep) -> None:
        self._path = path
        self._on_step = on_step
        self._times = 0
        self.digest = ""
        """Tells which versions of which objects the file holds, once it was gone through."""

    def __iter__(self) -> Iterator[StixObject]:
        digest = sha1(usedforsecurity=False)
        self._times += 1
        doing = f"reading, turn {self._times}"
        for item in read_objects(self._path, on_step=lambda step: self._on_step(step._replace(doing=doing))):
            digest.update(f"{item.get('id')} {item.get('modified')}\n".encode(errors="replace"))
            yield item
        self.digest = digest.hexdigest()


def migrate_file(
    source: Path,
    target: Path,
    release: str,
    *,
    now: datetime,
    producers: Collection[str] = (),
    mappings: Collection[Path] = (),
    on_step: OnStep = unwatched,
) -> MigrationReport:
    """Migrate a bundle to a DISARM release; the new bundle appears when it is complete.

    Args:
        source: the bundle (or envelope, array, JSON Lines).
        target: where the new bundle goes.
        release: the DISARM release to go to.
        now: what changed objects get as `modified`.
        producers: whose objects may be changed: ids of identities, or names of organisations; of none given, the
            creator of the relationships to techniques.
        mappings: the user's own rule files, which decide where there are several successors.
        on_step: is told how far the reading is; the bundle is read several times.

    Raises:
        UserError: a file that cannot be read or written, no such release, a faulty rule file, several producers.
    """
    if str(source) == "-":
        raise UserError("a bundle to migrate is read several times", where="-", fix="give it as a file")
    if target.resolve() == source.resolve():
        raise UserError("would overwrite the bundle that is migrated", where=str(target), fix="choose another file")
    catalogue = Catalogue.load(release)
    objects = _Objects(source, on_step)
    migration = Migration(
        objects,
        catalogue,
        now=format_timestamp(now),
        producers=_identities(objects, producers) or None,
        mapping=load_mapping(release, mappings),
    )
    bundle_id = derived_id("bundle", PROJECT_NAMESPACE, "migration", release, objects.digest)
    try:
        with atomic_writer(target) as stream:
            write_bundle(stream.write, bundle_id, migration.objects())
    except OSError as error:
        raise UserError(f"cannot be written: {error.strerror}", where=str(target)) from None
    return migration.report


def _identities(objects: _Objects, producers: Collection[str]) -> frozenset[str]:
    """Ids for names: of an identity in the bundle that is called so, else of the organisation as we name it."""
    names = {" ".join(name.casefold().split()) for name in producers if not name.startswith("identity--")}
    found = {name for name in producers if name.startswith("identity--")}
    if names:
        found |= {
            str(item.get("id"))
            for item in objects
            if item.get("type") == "identity" and " ".join(str(item.get("name")).casefold().split()) in names
        }
        found |= {identity_id(name) for name in names}
    return frozenset(found)
