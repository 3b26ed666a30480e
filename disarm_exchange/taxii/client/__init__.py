"""The TAXII 2.1 client: taxii2-client's resources over a connection of our own."""
