"""How right the figures are: every step scored on labelled sets and by simulation, against goals and floors."""
