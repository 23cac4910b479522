"""Subscribers' own addresses that are told what happens: Standard Webhooks."""
