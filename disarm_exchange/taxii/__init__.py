"""TAXII 2.1 (OASIS Standard, 10 June 2021): the server and the client.

What may enter: the protocol. What is stored is `store`'s matter, what may be shown is `policy`'s.
"""
