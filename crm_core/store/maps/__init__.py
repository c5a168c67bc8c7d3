"""Rows to values and back, derived once from the values' own field types."""

from crm_core.store.maps.all import map_of
from crm_core.store.maps.codec import Map

__all__ = ["Map", "map_of"]
