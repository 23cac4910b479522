"""Tables of any form to canonical columns, by a declarative mapping: what the connectors to files share."""
