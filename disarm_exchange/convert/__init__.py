"""From findings, a case and a mapping to exchange objects, as a stream, with an account of every record.

What may enter: what decides a record's outcome, builds the objects, gathers evidence and writes the account.
"""
