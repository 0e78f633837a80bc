"""Measuring a finished paper: ``gongwen_check`` is the door. Knows nothing of how papers are made."""
