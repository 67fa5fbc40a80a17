"""Leaves: values, events, seams, errors, settings, files. They import no other room."""
