"""What may leave, for whom and in which form: markings, clearance, filters, redaction.

Every way out (TAXII answer, push, file, report, page, log) passes through the one function of this room.
"""
