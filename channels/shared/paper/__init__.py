"""What leaves on paper: letters, slips. Drawn here, from words and from fonts of this machine; nothing is ever fetched."""
