"""What is handed on: the transcript as JSON, and identifiers replaced by tokens."""
