"""Salaries reported to ai-jobs.net: see README.md."""
