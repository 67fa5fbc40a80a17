"""`python -m coach` and the `coach` command. Light, so that Ctrl-C is answered also while the rest is being loaded."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line and give its exit code."""
    try:
        from coach.cli.main import main as run

        return run()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
