"""The fake models behind OpenAI's protocol, on a server of this machine."""
