"""Whole journeys through the real product."""
