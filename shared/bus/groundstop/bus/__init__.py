"""The bus: how services take messages from the log and what happens when handling one fails."""
