"""Hover: what stands at a place, in Markdown. One module for each kind of thing; `at.py` tells which it is."""
