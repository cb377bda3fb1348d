"""Scripted people with known ground truth: what they do is written before it is heard or seen."""
