"""The application layer that front ends call: rehearse, mirror, review, rescore, compare, history, drill.

Nothing here depends on a terminal or a command line.
"""
