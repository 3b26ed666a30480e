"""Validation of exchange objects: the schema registry, the rules, the report and its formats.

What may enter: checks over plain dicts and the ways to show what they found. One small class a rule.
"""
