"""Messages on their way: where they go, what they say, and how they are sent."""
