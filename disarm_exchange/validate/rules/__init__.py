"""The rules, a module a subject. Every class here with a `code` is a rule and is found by import."""
