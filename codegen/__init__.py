"""Queries in, typed Python out: checks `queries/` against `schema.graphql` and compiles them.

Development only; nothing here is installed with the package. `python -m codegen` is the command.
"""
