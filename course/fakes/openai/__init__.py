"""The fake models behind OpenAI's protocol, on a server on this machine."""
