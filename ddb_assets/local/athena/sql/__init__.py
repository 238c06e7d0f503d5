"""Trino's grammar of queries: text to tokens (`lexer`), tokens to a tree (`queries`, `expressions`), and the tree.

Athena's engine version 3 is built on Trino. What Trino's grammar doesn't have is a syntax error here too.
Source: Trino's SqlBase.g4 (release 476).
"""
