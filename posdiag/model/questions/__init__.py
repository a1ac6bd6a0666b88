"""Questions to the machine and the network, and their answers, by subject."""
