"""The DISARM framework: catalogue of releases, look-up and search, and the mapping from labels to techniques.

What may enter: facts about releases (data under `mappings/disarm/`), the rule engine (data under
`mappings/rules/`). Nothing here knows of findings, databases or HTTP: the engine takes plain labels, kinds, notes.
"""
