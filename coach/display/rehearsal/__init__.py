"""A rehearsal while it is played: on the terminal, as plain lines, in a window."""
