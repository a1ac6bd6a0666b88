"""What does a payment terminal do on the wire? Frames to a survey, without I/O."""
