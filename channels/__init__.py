"""Channels translate: one wire each, and nothing decided."""
