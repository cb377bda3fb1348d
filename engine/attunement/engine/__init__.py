"""Frames in, signals out. Nothing in this package opens a socket, and one file reads the time."""
