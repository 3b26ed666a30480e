"""Pictures and pages from bundles, the store or the ledger: heat map, graph, report, Navigator layer, tables.

What may enter: reading a source through the policy, counting what is in it, and writing that down in a form for people
or for other tools. It uses `disarm`, `policy`, `store` and `stix`; HTTP and the command line stay outside. Whatever a
source says is hostile text until it is escaped for the form it goes into.

- `source`: `open_source`, the only way in; nothing above the ceiling passes
- `counting`: how many objects and findings stand behind each technique; the one count behind every picture
- `matrix`: tactics as columns, techniques as cells
"""
