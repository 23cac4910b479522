"""What a title, a pay text, a place, a skill means. Imports kit only."""
