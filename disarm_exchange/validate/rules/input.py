"""DX0xx: what is wrong with the input before it is STIX at all."""

from __future__ import annotations

from disarm_exchange.validate.issue import Severity
from disarm_exchange.validate.rule import Rule


class InputRule(Rule):
    """Found by the reader or the engine, not by a check of its own."""

    severity = Severity.ERROR
    source = "RFC 8259 and RFC 7493 (JSON); STIX 2.1 section 8 (bundles)"


class NotJson(InputRule):
    """Text that is not JSON."""

    code = "DX001"
    title = "not JSON"
    why = "Nothing can be read from it. NaN, Infinity, lone surrogates and trailing commas are not JSON either."
    fix = "Write the file with a JSON library, in UTF-8."


class NotAnObject(InputRule):
    """A value that is no STIX object."""

    code = "DX002"
    title = "not a STIX object"
    why = "Each entry of `objects` is a JSON object with a type and an id."
    fix = "Remove the entry."


class TooMuch(InputRule):
    """An object too deep, too large or too oddly named to be looked at closely."""

    code = "DX003"
    title = "beyond all measure"
    why = "Such an object costs every reader time and memory out of proportion, whether by accident or on purpose."
    fix = "Split the object, or leave out what nobody reads."


class DuplicateKey(InputRule):
    """The same property twice in one JSON object."""

    code = "DX004"
    title = "property given twice"
    why = "One reader takes the first, another the last: two organisations then hold different objects under one id."
    fix = "Keep one of the two."


class NotABundle(InputRule):
    """A list of objects inside something that is neither a bundle nor a TAXII envelope."""

    code = "DX005"
    title = "not a bundle"
    why = "Readers look for type `bundle` and an id of the form bundle--UUID, or for a TAXII envelope without a type."
    fix = "Give it type and id of a bundle."
    source = "STIX 2.1 section 8; TAXII 2.1 section 3.7"


class OldVersion(InputRule):
    """STIX 2.0 where 2.1 is expected."""

    code = "DX006"
    title = "STIX 2.0"
    why = "2.0 is another standard: its objects are not judged here as broken 2.1."
    fix = "Convert it with `stix2-elevator` or export it again as STIX 2.1."
    source = "STIX 2.0 and 2.1; the bundle's spec_version is a 2.0 property"


class NestedBundle(InputRule):
    """A bundle inside a bundle."""

    code = "DX007"
    title = "bundle inside a bundle"
    why = "A bundle holds objects; a bundle is not one of them and readers drop it with all it holds."
    fix = "Put its objects into the outer bundle."
    source = "STIX 2.1 section 8"
