"""Scripted people with known ground truth: what they do is written down before it is heard or seen."""
