"""Loss on the path to the acquirer, by segment."""
