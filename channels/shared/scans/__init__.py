"""What was put on a scanner, or photographed: pages, their words, the codes on them. Read in a process of its own."""
