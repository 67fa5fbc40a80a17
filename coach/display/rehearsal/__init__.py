"""The displays of a rehearsal: a live terminal view, plain lines, a window."""
