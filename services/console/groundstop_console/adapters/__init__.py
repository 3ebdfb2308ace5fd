"""What the console asks: the bus, the record, and its own files of people and sessions."""
