"""Queries read: what screens, programs and workers ask of the record."""
