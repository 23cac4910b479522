"""Demand over time: indices, forecasts, pay growth, emerging titles and skills, vacancy durations."""
