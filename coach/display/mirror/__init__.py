"""The displays of the mirror, and the pictures that it saves."""
