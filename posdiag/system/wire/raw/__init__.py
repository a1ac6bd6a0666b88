"""Below the sockets: packet filters, packets past the routes, IPsec policies."""
