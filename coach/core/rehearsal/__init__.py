"""The rehearsal engine: the position in the script, and when to give a note."""
