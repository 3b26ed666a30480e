"""disarm-exchange: takedown findings to DISARM and STIX 2.1, exchanged over TAXII 2.1.

The rooms of this package and the direction of imports between them are described in docs/architecture.md.
Two modules stand outside the rooms and may be used by all of them: `errors` (what a user is told) and
`resources` (where `schemas/` and `mappings/` lie).
"""

__version__ = "0.1.0"
