"""A conformance kit: checks an implementation of one role in any language, step by step, over the bus."""
