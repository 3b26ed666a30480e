"""The TAXII 2.1 server as an ASGI application. It keeps no state in the process."""
