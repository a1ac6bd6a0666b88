"""Below the sockets: packets past routes and filters, and the kernel's IPsec policies."""
