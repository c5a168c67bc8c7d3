"""Helpers that several channels use."""
