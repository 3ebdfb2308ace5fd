"""Tools that run elsewhere: an HTTP service, a worker on the bus."""
