"""Compact taxonomies written for this project, and loaders for the official full ones."""
