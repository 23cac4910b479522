"""From what a source sends to canonical frames: fetch, land, parse, normalise in bulk, cluster."""
