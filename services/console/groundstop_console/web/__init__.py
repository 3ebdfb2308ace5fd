"""From a request to a page: who may see it, what it is made of, how it is guarded."""
