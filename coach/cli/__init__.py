"""The command line: the only part that sees both the pure core and the adapters."""
