"""The commands beside `serve`, a room for each that is more than a line."""
