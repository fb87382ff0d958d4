"""One module per kind of file: what is in it, checked, in footprint's own names."""
