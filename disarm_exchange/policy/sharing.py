"""A sharing policy: all that decides what one recipient gets, and in which form."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b

from disarm_exchange.policy.clearance import Clearance
from disarm_exchange.policy.filters import Filters
from disarm_exchange.policy.personal import may_be_redacted
from disarm_exchange.policy.redaction import Redaction
from disarm_exchange.policy.redactor import Redactor
from disarm_exchange.policy.release import Released, release
from disarm_exchange.stix.bundle import StixObject


@dataclass(frozen=True, slots=True)
class SharingPolicy:
    """What a recipient may have, wants, and gets in which form.

    Args:
        name: as the configuration calls it.
        clearance: by markings.
        filters: by content.
        redaction: of personal values; None: they go as they are.
    """

    name: str = "default"
    clearance: Clearance = field(default_factory=Clearance)
    filters: Filters = field(default_factory=Filters)
    redaction: Redaction | None = None

    @property
    def fingerprint(self) -> str:
        """Changes whenever the policy decides differently; tells nothing of the key."""
        parts: list[object] = [int(self.clearance.ceiling), sorted(self.clearance.accepted)]
        for name in Filters.__dataclass_fields__:
            value = getattr(self.filters, name)
            parts.append(sorted(value) if isinstance(value, frozenset) else str(value))
        if self.redaction is not None:
            rules = sorted((kind.value, int(action)) for kind, action in self.redaction.rules.items())
            parts += [rules, self.redaction.drop_texts, self.redaction.digest("fingerprint", "").hex()]
        return blake2b(repr(parts).encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class Shared:
    """What goes to a recipient, and the sender's own account of the rest.

    Args:
        objects: as they go.
        sources: the objects they were made from, position by position.
        released: the decision behind it.
    """

    objects: list[StixObject]
    sources: list[StixObject]
    released: Released


def share(
    objects: Iterable[StixObject],
    policy: SharingPolicy,
    *,
    now: datetime | None = None,
    definitions: Mapping[str, StixObject] | None = None,
    elsewhere: Callable[[Collection[str]], Collection[str]] | None = None,
    pinned: Collection[str] = (),
    context: Iterable[StixObject] = (),
    known: Iterable[StixObject] = (),
) -> Shared:
    """Decide and shape what a recipient gets. Pure, apart from the clock when `now` is not given.

    Args:
        objects: STIX objects.
        policy: the recipient's.
        now: for filters by age.
        definitions: see `release`.
        elsewhere: see `release`. Under a redaction, references to accounts and addresses that are not at hand
            are cut in any case.
        pinned: see `release`.
        context: objects that went to the recipient before and that these may refer to.
        known: further objects in which personal values stand, to recognise them in texts.
    """
    items, before = list(objects), list(context)
    moment = now or datetime.now(UTC)
    redactor = None
    if policy.redaction is not None and not policy.redaction.is_idle:
        redactor = Redactor(policy.redaction, [*items, *before, *known])

    def refuse(item: StixObject) -> str | None:
        words = policy.filters.refusal(item, moment)
        return words if words is not None or redactor is None else redactor.refusal(item)

    here = {item.get("id") for item in before}

    def unseen(ids: Collection[str]) -> Collection[str]:
        """Withheld elsewhere; and people whom we do not have at hand, whose ids are hashes of what they are called."""
        hidden = set(elsewhere(ids)) if elsewhere is not None else set()
        if policy.redaction is not None:
            hidden |= {
                ref for ref in ids if ref not in here and may_be_redacted(ref.partition("--")[0], policy.redaction)
            }
        return hidden

    released = release(
        items,
        policy.clearance,
        definitions=definitions,
        elsewhere=unseen,
        pinned=pinned,
        refuse=refuse,
        follows=policy.filters.follows,
    )
    if redactor is None:
        return Shared(released.objects, released.objects, released)
    shaped, sources = redactor.apply(released.objects, before)
    return Shared(shaped, sources, released)
