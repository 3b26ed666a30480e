"""STIX 2.1 as this project writes and reads it: ids, timestamps, markings, patterns, extensions, bundles.

What may enter: facts of the STIX specification and our own extension definitions. Objects are plain
dicts. Nothing here knows of findings, databases or HTTP, and this room imports no other.
"""
