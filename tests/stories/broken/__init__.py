"""Deliberately broken houses: they show that the tests beside them can fail."""
