"""Findings and cases: what a takedown team wrote down, read as a stream.

What may enter: the `Finding` and `Case` models, the readers that turn files into findings by source profile,
and the handling of values (refanging, kinds, platform accounts, guard lists). Nothing here knows of
DISARM, databases or HTTP.
"""
