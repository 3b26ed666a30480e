"""Read-only pages for people, served beside TAXII: collections, objects, search, the DISARM matrix, peers.

What may enter: a request and a read transaction. Every page asks the store with the reader's clearance; nothing is
written but sessions that end early and the audit log. The room knows nothing of TAXII: who checks passwords is handed
in (`door.Door`).

- `app`: `web_routes`, which path is which page
- `door`, `sessions`, `login`: who is asking
- `answering`: from a request to a page: the same care for every page
- `pages`: what each page shows
- `rendering`, `assets`: templates, style and script; no build step
- `keeping_up`: the index behind search and counts follows the collections
"""

from disarm_exchange.web.app import web_routes
from disarm_exchange.web.door import Door, Refused
from disarm_exchange.web.site import Site

__all__ = ["Door", "Refused", "Site", "web_routes"]
