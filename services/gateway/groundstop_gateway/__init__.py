"""The MCP gateway: a face of Groundstop that owns no state. Any MCP client's calls become intents."""
