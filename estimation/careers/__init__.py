"""Skill premiums and gaps, career moves, similar occupations."""
