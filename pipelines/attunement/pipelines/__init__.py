"""One file per signal, in a folder per group. The list of them all is in catalog.py."""
