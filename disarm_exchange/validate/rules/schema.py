"""DX1xx: what the schemas refuse. One code a kind of fault, so that it can be selected and counted."""

from __future__ import annotations

from disarm_exchange.validate.issue import Severity
from disarm_exchange.validate.rule import Rule

_SOURCE = "STIX 2.1, as the OASIS schemas state it; DAD-CDM, as schemas/dad-cdm states it"


class SchemaRule(Rule):
    """Found by the schema engines, not by a check of its own."""

    severity = Severity.ERROR
    source = _SOURCE


class RequiredProperty(SchemaRule):
    """A property that must be there is missing."""

    code = "DX101"
    title = "required property missing"
    why = "Readers rely on required properties; most refuse an object without them."
    fix = "Add the property."


class WrongType(SchemaRule):
    """A value of the wrong JSON type."""

    code = "DX102"
    title = "value of the wrong type"
    why = "Readers expect this type and fail or drop the object."
    fix = "Write the value in the JSON type that the property asks for."


class NotOneOf(SchemaRule):
    """A value outside a closed enumeration."""

    code = "DX103"
    title = "value outside a closed enumeration"
    why = "The specification closes this list; readers refuse other values."
    fix = "Use one of the values listed."


class WrongForm(SchemaRule):
    """A text that does not have the form asked for."""

    code = "DX104"
    title = "text of the wrong form"
    why = "Identifiers, timestamps, hashes and the like are parsed by readers and must have their exact form."
    fix = "Write the value in the form described."


class NameNotAllowed(SchemaRule):
    """A property name or dictionary key that cannot be used here."""

    code = "DX105"
    title = "name not allowed here"
    why = "STIX 2.1 section 3.1: names have 3 to 250 of a-z, 0-9 and underscore; dictionaries limit their keys."
    fix = "Rename or remove the property."


class OutOfRange(SchemaRule):
    """A number outside its range."""

    code = "DX106"
    title = "number out of range"
    why = "Readers refuse or cut numbers outside the range of the specification."
    fix = "Bring the number into the range."


class Empty(SchemaRule):
    """An empty or overlong list, dictionary or text."""

    code = "DX107"
    title = "too few or too many entries or characters"
    why = "STIX forbids empty lists and dictionaries (sections 2.4 and 2.12): leave the property out instead."
    fix = "Remove the property, or give it an entry."


class Forbidden(SchemaRule):
    """Something that must not be there."""

    code = "DX108"
    title = "not allowed"
    why = "The specification rules this out, as a reserved name or a reference to the wrong kind of object."
    fix = "Remove it, or use what the specification names instead."


class BadFormat(SchemaRule):
    """A value that is not a URL, a host name or an e-mail address."""

    code = "DX109"
    title = "malformed URL, host name or e-mail address"
    why = "Such values are matched against traffic and content; malformed ones match nothing."
    fix = "Write the value in its plain form: not defanged, with a scheme for URLs."


class Combination(SchemaRule):
    """Properties that do not go together, or none of several of which one is needed."""

    code = "DX110"
    title = "combination of properties not allowed"
    why = "Some properties exclude each other and of some at least one is needed."
    fix = "See the specification of this type for which combinations are allowed."


CODE_OF_KEYWORD = {
    "required": RequiredProperty.code,
    "type": WrongType.code,
    "enum": NotOneOf.code,
    "const": NotOneOf.code,
    "pattern": WrongForm.code,
    "additionalProperties": NameNotAllowed.code,
    "minimum": OutOfRange.code,
    "maximum": OutOfRange.code,
    "exclusiveMinimum": OutOfRange.code,
    "exclusiveMaximum": OutOfRange.code,
    "minItems": Empty.code,
    "maxItems": Empty.code,
    "minLength": Empty.code,
    "maxLength": Empty.code,
    "minProperties": Empty.code,
    "maxProperties": Empty.code,
    "not": Forbidden.code,
    "falseSchema": Forbidden.code,
    "format": BadFormat.code,
    "oneOf": Combination.code,
    "anyOf": Combination.code,
    "contains": Combination.code,
}
"""The code of the issue for a keyword of JSON Schema."""
