"""The core: what a contact centre knows and may do, free of wires and screens."""
