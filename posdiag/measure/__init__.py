"""What checks share: measurements on top of the questions, and statistics."""
