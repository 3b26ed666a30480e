"""Validation of exchange objects: the schema registry, the rules, the report and its formats.

What may enter: checks over plain dicts and the ways to show what they found. One small class a rule.
"""

from disarm_exchange.validate.engine import Validator, check_object, validate
from disarm_exchange.validate.issue import Issue, Severity

__all__ = ["Issue", "Severity", "Validator", "check_object", "validate"]
