"""The words of the field as frozen values; each has one home."""
