"""The insights: one folder a noun, each with its schemas, its queries and its door."""
