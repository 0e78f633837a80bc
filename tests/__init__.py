"""Mirrors the apps; may import anything."""
