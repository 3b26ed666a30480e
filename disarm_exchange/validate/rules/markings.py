"""DX60x: markings (STIX 2.1 section 7.2, the TLP 2.0 extension, FIRST's TLP 2.0)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from itertools import pairwise

from disarm_exchange.stix.bundle import StixObject
from disarm_exchange.stix.markings import TLP2_EXTENSION, TLP_OF_MARKING, Tlp, marking_definition
from disarm_exchange.validate.context import Context
from disarm_exchange.validate.issue import Finding, Severity, shown
from disarm_exchange.validate.rule import NOTHING, Facets, Found, ObjectRule

_TLP1_WORDS = {"white": Tlp.CLEAR, "green": Tlp.GREEN, "amber": Tlp.AMBER, "red": Tlp.RED}
_TLP2 = {tlp.token: tlp for tlp in Tlp}
_TLP1_IDS: Mapping[str, str] = {
    "white": "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
    "green": "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
    "amber": "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
    "red": "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
}


class ForgedTlp(ObjectRule):
    """A TLP marking whose id and content do not belong together."""

    code = "DX601"
    severity = Severity.ERROR
    title = "forged TLP marking"
    why = "Readers go by the id alone: content that says otherwise widens or narrows the sharing unseen."
    fix = "Use the marking objects as OASIS published them; change neither id nor content."
    source = "STIX 2.1 section 7.2.1.4 (no other instances may be made); TLP 2.0 extension of 2022-10-01"
    types = frozenset({"marking-definition"})

    def check(self, item: StixObject) -> Found:
        """Compare the colour that the id stands for with the one that the content says."""
        by_id = TLP_OF_MARKING.get(str(item["id"]))
        said, pointer, expected = _said(item)
        if by_id is None and said is None:
            return NOTHING
        if by_id is None:
            assert said is not None
            return (Finding("/id", f"says {said.label} under another id than {expected}"),)
        if said is None:
            return (Finding(pointer, f"has the id of {by_id.label} and does not say so"),)
        if said is not by_id:
            return (Finding(pointer, f"has the id of {by_id.label} and says {said.label}"),)
        if "object_marking_refs" in item or "granular_markings" in item or "created_by_ref" in item:
            return (Finding("", f"{by_id.label} was published without creator and markings of its own"),)
        return NOTHING


def _said(item: StixObject) -> tuple[Tlp | None, str, str]:
    """The colour in the content, where it stands, and which id belongs to it."""
    definition, extensions = item.get("definition"), item.get("extensions")
    if isinstance(definition, dict) and isinstance(definition.get("tlp"), str):
        word = definition["tlp"].lower()
        return _TLP1_WORDS.get(word), "/definition/tlp", _TLP1_IDS.get(word, "")
    extension = extensions.get(TLP2_EXTENSION) if isinstance(extensions, dict) else None
    if isinstance(extension, dict):
        tlp = _TLP2.get(str(extension.get("tlp_2_0", "")).lower())
        expected = str(marking_definition(tlp)["id"]) if tlp is not None else ""
        return tlp, f"/extensions/{TLP2_EXTENSION}/tlp_2_0", expected
    return None, "/definition", ""


class MarkingRefsRule(ObjectRule):
    """What the rules about the list of markings share."""

    keys = ("object_marking_refs",)

    def decided_by(self, object_type: str, keys: Collection[str]) -> Facets | None:
        """The list alone."""
        return Facets(("object_marking_refs",))


class TwoColours(MarkingRefsRule):
    """Two TLP colours on one object."""

    code = "DX602"
    severity = Severity.ERROR
    title = "two TLP colours on one object"
    why = "One reader takes the wider, another the stricter: the object leaks or gets stuck."
    fix = "Keep one; the stricter if in doubt."
    source = "FIRST TLP 2.0; field finding misp#2223"
    keys = ("object_marking_refs",)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._judge = lru_cache(maxsize=4096)(_contradiction)

    def check(self, item: StixObject) -> Found:
        """Collect the colours of the markings."""
        refs = item["object_marking_refs"]
        assert isinstance(refs, list)
        if len(refs) < 2:
            return NOTHING
        problem = self._judge(tuple(refs))
        return (Finding("/object_marking_refs", problem),) if problem else NOTHING


def _contradiction(refs: tuple[str, ...]) -> str:
    colours = sorted({TLP_OF_MARKING[ref] for ref in refs if ref in TLP_OF_MARKING})
    if len(colours) < 2:
        return ""
    return f"says {' and '.join(tlp.label for tlp in colours)}"


class MarkingOfItself(ObjectRule):
    """A marking that marks itself."""

    code = "DX603"
    severity = Severity.ERROR
    title = "marking that refers to itself"
    why = "The specification forbids it: following it never ends."
    fix = "Remove the reference."
    source = "STIX 2.1 section 3.2, object_marking_refs and granular_markings"
    types = frozenset({"marking-definition"})
    keys = ("object_marking_refs", "granular_markings")

    def check(self, item: StixObject) -> Found:
        """Look for the object's own id among its markings."""
        own = item["id"]
        refs, granular = item.get("object_marking_refs", []), item.get("granular_markings", [])
        assert isinstance(refs, list)
        assert isinstance(granular, list)
        found = [
            Finding(f"/object_marking_refs/{place}", f"{shown(ref)} is itself")
            for place, ref in enumerate(refs)
            if ref == own
        ]
        found += [
            Finding(f"/granular_markings/{place}/marking_ref", "refers to the object itself")
            for place, marking in enumerate(granular)
            if marking.get("marking_ref") == own
        ]
        return found


class OldTlp(MarkingRefsRule):
    """A TLP marking that is not one of TLP 2.0."""

    code = "DX606"
    severity = Severity.INFO
    title = "marking of an older TLP"
    why = "TLP 1 has no AMBER+STRICT and calls CLEAR white; partners must translate it."
    fix = "Use the TLP 2.0 marking of the same colour."
    source = "FIRST TLP 2.0 (August 2022)"
    keys = ("object_marking_refs",)

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._judge = lru_cache(maxsize=4096)(_older)

    def check(self, item: StixObject) -> Found:
        """Look the markings up."""
        refs = item["object_marking_refs"]
        assert isinstance(refs, list)
        return self._judge(tuple(refs))


def _older(refs: tuple[str, ...]) -> tuple[Finding, ...]:
    return tuple(
        Finding(f"/object_marking_refs/{position}", f"{shown(ref)} is not the TLP 2.0 marking of {tlp.label}")
        for position, ref in enumerate(refs)
        if (tlp := TLP_OF_MARKING.get(ref)) is not None and ref != tlp.marking_id
    )


class UntidyMarkings(MarkingRefsRule):
    """Markings given twice or in no order."""

    code = "DX607"
    severity = Severity.INFO
    title = "markings repeated or out of order"
    why = "Two programs that write the same object write different bytes, and comparisons see a change."
    fix = "Sort the ids and give each once; --fix does it."
    source = "determinism: same input, same bytes"
    keys = ("object_marking_refs",)

    def check(self, item: StixObject) -> Found:
        """Compare the list with itself in order."""
        refs = item["object_marking_refs"]
        assert isinstance(refs, list)
        if len(refs) < 2 or all(first < second for first, second in pairwise(refs)):
            return NOTHING
        return (Finding("/object_marking_refs", "are not in order, or one stands there twice"),)
