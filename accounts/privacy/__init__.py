"""What we hold on a person: handed out when they ask, and erased when they leave."""
