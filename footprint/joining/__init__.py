"""Joining the files of a patch: one module for practices, areas, registrations and teams each."""
