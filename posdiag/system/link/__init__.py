"""Layer 2 and the tables of the kernel: links, addresses, routes, neighbours."""
