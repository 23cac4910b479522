"""Disclosure files of the US Department of Labor: see README.md."""
