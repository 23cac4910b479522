"""Dagster's view of the pipeline: assets, checks, schedules. Bodies live in the packages they call."""
