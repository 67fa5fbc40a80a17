"""What `tools/harden.py` runs: inputs of strangers, made and tried by the thousand, and runs that are killed."""
