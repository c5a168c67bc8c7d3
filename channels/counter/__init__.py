"""The counter: people come in person."""
