"""Executable conformance checks: the MUSTs and SHOULDs of the server sections of TAXII 2.1, one table row each."""
