"""Values, events, protocols, errors, settings, files and locks. Imports no other room."""
