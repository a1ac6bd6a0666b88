"""Third-party checks, each in a process of its own."""
