"""The TAXII 2.1 server as an ASGI application. It keeps no state in the process.

    with Database.open("exchange.db") as database, run_server(create_app(database)) as url:
        ...                                                # url: http://127.0.0.1:PORT

`create_app` takes the check that a published object must pass; `ServerSettings` the limits.
"""

from disarm_exchange.taxii.server.app import create_app
from disarm_exchange.taxii.server.publishing import CheckObject
from disarm_exchange.taxii.server.running import run_server
from disarm_exchange.taxii.server.settings import ServerSettings

__all__ = ["CheckObject", "ServerSettings", "create_app", "run_server"]
