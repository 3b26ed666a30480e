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
        for name in (one for one in Filters.__dataclass_fields__ if one != "recognise"):
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
    work = Sharing(policy, now=now, known=[*items, *before, *known] if policy.redaction is not None else ())
    released = work.judge(items, context=before, definitions=definitions, elsewhere=elsewhere, pinned=pinned)
    return Shared(*work.shape(released.objects, before), released)


class Sharing:
    """A policy at work, on a whole set or on one part of a larger set after the other.

    Args:
        policy: the recipient's.
        now: for filters by age; by default this machine's time.
        known: all objects in which personal values stand.
    """

    def __init__(
        self, policy: SharingPolicy, *, now: datetime | None = None, known: Iterable[Mapping[str, object]] = ()
    ) -> None:
        self._policy = policy
        self._now = now or datetime.now(UTC)
        self.redactor: Redactor | None = None
        if policy.redaction is not None and not policy.redaction.is_idle:
            self.redactor = Redactor(policy.redaction, known)

    def judge(
        self,
        items: Iterable[StixObject],
        *,
        context: Iterable[StixObject] = (),
        definitions: Mapping[str, StixObject] | None = None,
        elsewhere: Callable[[Collection[str]], Collection[str]] | None = None,
        pinned: Collection[str] = (),
        quoted: Callable[[str], bool] | None = None,
        keep_unused: bool = False,
        passed: bool = False,
    ) -> Released:
        """Decide which of some objects may go: `release` with the policy's filters and redaction.

        Args:
            items: the objects.
            context: objects that went to the recipient before, or go with another part, and that these may refer to.
            definitions, elsewhere, pinned, quoted, keep_unused: see `release`.
            passed: they have passed the filters before; only markings and references are looked at.
        """
        here = {item.get("id") for item in context}
        redaction = self._policy.redaction

        def unseen(ids: Collection[str]) -> Collection[str]:
            """Withheld elsewhere; and people not at hand, whose ids are hashes of what they are called."""
            hidden = set(elsewhere(ids)) if elsewhere is not None else set()
            if redaction is not None:
                hidden |= {ref for ref in ids if ref not in here and may_be_redacted(ref.partition("--")[0], redaction)}
            return hidden

        return release(
            items,
            self._policy.clearance,
            definitions=definitions,
            elsewhere=unseen,
            pinned=pinned,
            refuse=None if passed else self._refuse,
            follows=self.follows,
            quoted=quoted,
            keep_unused=keep_unused,
        )

    def shape(
        self, released: list[StixObject], context: Iterable[StixObject] = ()
    ) -> tuple[list[StixObject], list[StixObject]]:
        """Released objects in the form in which they go, and position by position what they were made from."""
        return (released, released) if self.redactor is None else self.redactor.apply(released, context)

    def follows(self, item: Mapping[str, object]) -> bool:
        """Whether the object goes only when something that goes uses it."""
        return self._policy.filters.follows(item)

    def _refuse(self, item: StixObject) -> str | None:
        words = self._policy.filters.refusal(item, self._now)
        return words if words is not None or self.redactor is None else self.redactor.refusal(item)
