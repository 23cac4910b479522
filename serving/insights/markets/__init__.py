"""How a labour market moves: openings, pay, skills, employers."""
